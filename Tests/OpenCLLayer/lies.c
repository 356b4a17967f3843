// A driver that lies: it tells other properties than it has, compiles with other options or another text, or changes a
// bit of what a kernel computed.
#if __has_include(<CL/cl_layer.h>)
#    include "include/unloop_opencl_layer.h"
#    include "layer.h"

#    include <pthread.h>
#    include <stdio.h>
#    include <stdlib.h>
#    include <string.h>

static cl_icd_dispatch below;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/// `info:NAME:VALUE`, `options:TEXT`, `without:OPTION`, `source:OLD=>NEW` or `flip:KERNEL:ARGUMENT`; empty is the
/// truth.
static char lie[512];
/// How often it was told.
static long told;

void unloop_layer_lie(const char *text) {
    pthread_mutex_lock(&lock);
    snprintf(lie, sizeof lie, "%s", text ? text : "");
    told = 0;
    pthread_mutex_unlock(&lock);
}

long unloop_layer_lies_told(void) { return told; }

/// What follows a prefix of the lie; a null pointer if it is of another kind.
static const char *lie_of(const char *kind) {
    const size_t length = strlen(kind);
    return strncmp(lie, kind, length) == 0 ? lie + length : NULL;
}

// MARK: Properties

static cl_int CL_API_CALL lie_clGetDeviceInfo(cl_device_id device, cl_device_info name, size_t size, void *value,
                                              size_t *needed) {
    const char *order = lie_of("info:");
    char *end = NULL;
    if (!order || strtoul(order, &end, 0) != name || *end != ':')
        return below.clGetDeviceInfo(device, name, size, value, needed);
    ++told;
    const char *answer = end + 1;
    if (name == CL_DEVICE_PROFILE || name == CL_DEVICE_VERSION) {
        if (needed) *needed = strlen(answer) + 1;
        if (value && size > strlen(answer)) memcpy(value, answer, strlen(answer) + 1);
        return CL_SUCCESS;
    }
    const cl_int code = below.clGetDeviceInfo(device, name, size, value, needed);
    // Bits to clear.
    const unsigned long bits = strtoul(answer, NULL, 0);
    if (value && size == 8) *(cl_ulong *)value &= ~(cl_ulong)bits;
    if (value && size == 4) *(cl_uint *)value &= ~(cl_uint)bits;
    return code;
}

// MARK: Compiling

static cl_int CL_API_CALL lie_clBuildProgram(cl_program program, cl_uint count, const cl_device_id *devices,
                                             const char *options, void(CL_CALLBACK *notify)(cl_program, void *),
                                             void *data) {
    char changed[1024];
    snprintf(changed, sizeof changed, "%s", options ? options : "");
    const char *added = lie_of("options:"), *removed = lie_of("without:");
    if (added) {
        snprintf(changed, sizeof changed, "%s %s", options ? options : "", added);
        ++told;
    }
    char *place = removed ? strstr(changed, removed) : NULL;
    if (place) {
        memset(place, ' ', strlen(removed));
        ++told;
    }
    return below.clBuildProgram(program, count, devices, changed, notify, data);
}

static cl_program CL_API_CALL lie_clCreateProgramWithSource(cl_context context, cl_uint count, const char **texts,
                                                            const size_t *lengths, cl_int *error) {
    const char *order = lie_of("source:");
    const char *arrow = order ? strstr(order, "=>") : NULL;
    if (!arrow || count != 1 || lengths) return below.clCreateProgramWithSource(context, count, texts, lengths, error);
    char old[256];
    snprintf(old, sizeof old, "%.*s", (int)(arrow - order), order);
    const char *new = arrow + 2;
    // Every occurrence, each of which may grow.
    char *changed = malloc(strlen(texts[0]) * (1 + strlen(new)) + 1), *end = changed;
    const char *rest = texts[0];
    for (const char *found; (found = strstr(rest, old)); rest = found + strlen(old)) {
        memcpy(end, rest, found - rest);
        end += found - rest;
        memcpy(end, new, strlen(new));
        end += strlen(new);
        ++told;
    }
    strcpy(end, rest);
    const char *text = changed;
    const cl_program program = below.clCreateProgramWithSource(context, 1, &text, NULL, error);
    free(changed);
    return program;
}

// MARK: Results

enum { KERNELS = 4096, ARGUMENTS = 32, MEMORIES = 1 << 16 };

/// The buffers among the arguments of each kernel.
static struct {
    cl_kernel kernel;
    cl_mem arguments[ARGUMENTS];
} kernels[KERNELS];
static cl_mem memories[MEMORIES];
static int memory_count;
static cl_context flip_context;
static cl_kernel flip_kernel;

static cl_mem CL_API_CALL lie_clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host,
                                             cl_int *error) {
    const cl_mem memory = below.clCreateBuffer(context, flags, size, host, error);
    pthread_mutex_lock(&lock);
    if (memory && memory_count < MEMORIES) memories[memory_count++] = memory;
    pthread_mutex_unlock(&lock);
    return memory;
}

static int slot_of(cl_kernel kernel) {
    for (int slot = 0; slot < KERNELS; ++slot) {
        if (!kernels[slot].kernel) kernels[slot].kernel = kernel;
        if (kernels[slot].kernel == kernel) return slot;
    }
    return 0;
}

static cl_int CL_API_CALL lie_clSetKernelArg(cl_kernel kernel, cl_uint position, size_t size, const void *value) {
    pthread_mutex_lock(&lock);
    if (position < ARGUMENTS) {
        cl_mem memory = NULL;
        if (size == sizeof memory && value) memcpy(&memory, value, sizeof memory);
        int is_memory = 0;
        for (int number = memory_count - 1; number >= 0 && !is_memory; --number) is_memory = memories[number] == memory;
        kernels[slot_of(kernel)].arguments[position] = is_memory ? memory : NULL;
    }
    pthread_mutex_unlock(&lock);
    return below.clSetKernelArg(kernel, position, size, value);
}

/// Changes the lowest bit of the first element after what was enqueued before.
static void flip(cl_command_queue queue, cl_mem memory) {
    cl_context context = NULL;
    cl_device_id device = NULL;
    below.clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof context, &context, NULL);
    below.clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof device, &device, NULL);
    if (context != flip_context) {
        const char *text = "kernel void flip(global uint *x) { x[0] ^= 1; }";
        const cl_program program = below.clCreateProgramWithSource(context, 1, &text, NULL, NULL);
        below.clBuildProgram(program, 1, &device, "", NULL, NULL);
        flip_kernel = below.clCreateKernel(program, "flip", NULL);
        flip_context = context;
    }
    const size_t one = 1;
    below.clSetKernelArg(flip_kernel, 0, sizeof memory, &memory);
    below.clEnqueueNDRangeKernel(queue, flip_kernel, 1, NULL, &one, &one, 0, NULL, NULL);
    ++told;
}

static cl_int CL_API_CALL lie_clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint axes,
                                                     const size_t *offset, const size_t *global, const size_t *local,
                                                     cl_uint waits, const cl_event *wait_list, cl_event *event) {
    const cl_int code =
        below.clEnqueueNDRangeKernel(queue, kernel, axes, offset, global, local, waits, wait_list, event);
    const char *order = lie_of("flip:");
    if (!order || code != CL_SUCCESS) return code;
    char name[128] = "";
    below.clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL);
    const size_t length = strcspn(order, ":");
    if (strlen(name) != length || strncmp(name, order, length) != 0) return code;
    pthread_mutex_lock(&lock);
    const cl_mem *arguments = kernels[slot_of(kernel)].arguments;
    int position = -1;
    if (order[length] == ':') {
        position = atoi(order + length + 1);
    } else {
        // Without a number the last buffer is the result.
        for (int number = 0; number < ARGUMENTS; ++number)
            if (arguments[number]) position = number;
    }
    if (position >= 0 && arguments[position]) flip(queue, arguments[position]);
    pthread_mutex_unlock(&lock);
    return code;
}

/// A new kernel may be where a released one was.
static cl_kernel CL_API_CALL lie_clCreateKernel(cl_program program, const char *name, cl_int *error) {
    const cl_kernel kernel = below.clCreateKernel(program, name, error);
    pthread_mutex_lock(&lock);
    if (kernel) memset(kernels[slot_of(kernel)].arguments, 0, sizeof kernels[0].arguments);
    pthread_mutex_unlock(&lock);
    return kernel;
}

static cl_int CL_API_CALL lie_clReleaseContext(cl_context context) {
    // Another context may be where this one was.
    pthread_mutex_lock(&lock);
    if (context == flip_context) flip_context = NULL;
    pthread_mutex_unlock(&lock);
    return below.clReleaseContext(context);
}

void unloop_layer_install_lies(cl_icd_dispatch *table) {
    below = *table;
    table->clGetDeviceInfo = lie_clGetDeviceInfo;
    table->clBuildProgram = lie_clBuildProgram;
    table->clCreateProgramWithSource = lie_clCreateProgramWithSource;
    table->clCreateBuffer = lie_clCreateBuffer;
    table->clSetKernelArg = lie_clSetKernelArg;
    table->clEnqueueNDRangeKernel = lie_clEnqueueNDRangeKernel;
    table->clCreateKernel = lie_clCreateKernel;
    table->clReleaseContext = lie_clReleaseContext;
    if (getenv("UNLOOP_LAYER_LIE")) unloop_layer_lie(getenv("UNLOOP_LAYER_LIE"));
}
#endif
