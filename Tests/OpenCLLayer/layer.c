// What the loader asks a layer for (the OpenCL layers extension of the Khronos and ocl-icd loaders, CL/cl_layer.h).
#if __has_include(<CL/cl_layer.h>)
#    include "layer.h"

#    include <string.h>

CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info parameter, size_t size, void *value, size_t *size_needed) {
    static const char name[] = "unloop test layer";
    const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    const void *answer = parameter == CL_LAYER_NAME ? (const void *)name : &version;
    const size_t length = parameter == CL_LAYER_NAME ? sizeof name : sizeof version;
    if (parameter != CL_LAYER_NAME && parameter != CL_LAYER_API_VERSION) return CL_INVALID_VALUE;
    if (value && size < length) return CL_INVALID_VALUE;
    if (value) memcpy(value, answer, length);
    if (size_needed) *size_needed = length;
    return CL_SUCCESS;
}

CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint entries, const cl_icd_dispatch *target, cl_uint *entries_given,
                                            const cl_icd_dispatch **given) {
    static cl_icd_dispatch table;
    if (!target || !entries_given || !given) return CL_INVALID_VALUE;
    const cl_uint known = sizeof table / sizeof table.clGetPlatformIDs;
    if (entries < known) return CL_INVALID_VALUE;
    table = *target;
    unloop_layer_install_faults(&table);
    unloop_layer_install_lies(&table);
    *entries_given = known;
    *given = &table;
    return CL_SUCCESS;
}
#endif
