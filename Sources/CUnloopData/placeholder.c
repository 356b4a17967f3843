#include "CUnloopData.h"
