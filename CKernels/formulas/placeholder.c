#include "CUnloopFormulas.h"
