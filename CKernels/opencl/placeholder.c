#include "CUnloopOpenCL.h"
