// Arithmetic as it is written. Every file of kernels includes this before anything that computes.
#pragma once

// Options that let a compiler leave out what is infinite or not a number would change results without a word.
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ == 1)
#    error "Unloop's kernels cannot be built with -ffast-math or parts of it: results would have other bits."
#endif

// Those that let it round otherwise than written are overruled.
#pragma STDC FP_CONTRACT OFF
#pragma clang fp contract(off) reassociate(off) reciprocal(off)
