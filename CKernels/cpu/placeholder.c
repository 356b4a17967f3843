#include "CUnloopCPU.h"
