// What the files of this folder share.
#pragma once
#include "CUnloopFormats.h"

#include <stdio.h>

static inline void unloop_fail(struct unloop_failure *failure, enum unloop_failure_kind kind, const char *reason) {
    failure->kind = kind;
    snprintf(failure->reason, sizeof failure->reason, "%s", reason ? reason : "");
}
