// What the parts of the layer share. A part puts functions of its own into the table that applications call, and calls
// those of the table that it was given, which are the next part's or the driver's.
#pragma once

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl_icd.h>
#include <CL/cl_layer.h>

/// Counts calls and makes them fail: faults.c.
void unloop_layer_install_faults(cl_icd_dispatch *table);

/// Tells and does what is not so: lies.c.
void unloop_layer_install_lies(cl_icd_dispatch *table);
