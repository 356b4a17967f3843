#pragma once
// The text of the OpenCL kernels and of the formulas they share with the other devices, as C strings.
