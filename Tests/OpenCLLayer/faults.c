// Counts the calls of entry points and makes some of them fail.
#if __has_include(<CL/cl_layer.h>)
#    include "include/unloop_opencl_layer.h"
#    include "layer.h"

#    include <stdatomic.h>
#    include <stdio.h>
#    include <stdlib.h>
#    include <string.h>

// Kinds: STATUS returns a code; OBJECT returns an object and puts a code where its last argument points; COMMAND is a
// STATUS that enqueues something; WAIT reports commands that failed late.
#    define ENTRIES(STATUS, OBJECT, COMMAND, WAIT)                                                                     \
        STATUS(clGetPlatformIDs, (cl_uint count, cl_platform_id * platforms, cl_uint * found),                         \
               (count, platforms, found))                                                                              \
        STATUS(clGetPlatformInfo,                                                                                      \
               (cl_platform_id platform, cl_platform_info name, size_t size, void *value, size_t *needed),             \
               (platform, name, size, value, needed))                                                                  \
        STATUS(clGetDeviceIDs,                                                                                         \
               (cl_platform_id platform, cl_device_type type, cl_uint count, cl_device_id * devices, cl_uint * found), \
               (platform, type, count, devices, found))                                                                \
        OBJECT(cl_context, clCreateContext,                                                                            \
               (const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,                   \
                void(CL_CALLBACK * notify)(const char *, const void *, size_t, void *), void *data, cl_int *error),    \
               (properties, count, devices, notify, data, error))                                                      \
        STATUS(clReleaseContext, (cl_context context), (context))                                                      \
        OBJECT(cl_command_queue, clCreateCommandQueue,                                                                 \
               (cl_context context, cl_device_id device, cl_command_queue_properties properties, cl_int * error),      \
               (context, device, properties, error))                                                                   \
        STATUS(clReleaseCommandQueue, (cl_command_queue queue), (queue))                                               \
        OBJECT(cl_mem, clCreateBuffer,                                                                                 \
               (cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *error),                       \
               (context, flags, size, host, error))                                                                    \
        STATUS(clReleaseMemObject, (cl_mem memory), (memory))                                                          \
        STATUS(clSetMemObjectDestructorCallback,                                                                       \
               (cl_mem memory, void(CL_CALLBACK * notify)(cl_mem, void *), void *data), (memory, notify, data))        \
        OBJECT(cl_program, clCreateProgramWithSource,                                                                  \
               (cl_context context, cl_uint count, const char **texts, const size_t *lengths, cl_int *error),          \
               (context, count, texts, lengths, error))                                                                \
        OBJECT(cl_program, clCreateProgramWithBinary,                                                                  \
               (cl_context context, cl_uint count, const cl_device_id *devices, const size_t *lengths,                 \
                const unsigned char **binaries, cl_int *status, cl_int *error),                                        \
               (context, count, devices, lengths, binaries, status, error))                                            \
        STATUS(clBuildProgram,                                                                                         \
               (cl_program program, cl_uint count, const cl_device_id *devices, const char *options,                   \
                void(CL_CALLBACK * notify)(cl_program, void *), void *data),                                           \
               (program, count, devices, options, notify, data))                                                       \
        STATUS(clGetProgramInfo, (cl_program program, cl_program_info name, size_t size, void *value, size_t *needed), \
               (program, name, size, value, needed))                                                                   \
        STATUS(clGetProgramBuildInfo,                                                                                  \
               (cl_program program, cl_device_id device, cl_program_build_info name, size_t size, void *value,         \
                size_t *needed),                                                                                       \
               (program, device, name, size, value, needed))                                                           \
        STATUS(clReleaseProgram, (cl_program program), (program))                                                      \
        OBJECT(cl_kernel, clCreateKernel, (cl_program program, const char *name, cl_int *error),                       \
               (program, name, error))                                                                                 \
        STATUS(clGetKernelWorkGroupInfo,                                                                               \
               (cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info name, size_t size, void *value,       \
                size_t *needed),                                                                                       \
               (kernel, device, name, size, value, needed))                                                            \
        STATUS(clSetKernelArg, (cl_kernel kernel, cl_uint position, size_t size, const void *value),                   \
               (kernel, position, size, value))                                                                        \
        STATUS(clReleaseKernel, (cl_kernel kernel), (kernel))                                                          \
        COMMAND(clEnqueueNDRangeKernel,                                                                                \
                (cl_command_queue queue, cl_kernel kernel, cl_uint axes, const size_t *offset, const size_t *global,   \
                 const size_t *local, cl_uint waits, const cl_event *wait_list, cl_event *event),                      \
                (queue, kernel, axes, offset, global, local, waits, wait_list, event))                                 \
        COMMAND(clEnqueueReadBuffer,                                                                                   \
                (cl_command_queue queue, cl_mem memory, cl_bool blocks, size_t offset, size_t size, void *target,      \
                 cl_uint waits, const cl_event *wait_list, cl_event *event),                                           \
                (queue, memory, blocks, offset, size, target, waits, wait_list, event))                                \
        COMMAND(clEnqueueWriteBuffer,                                                                                  \
                (cl_command_queue queue, cl_mem memory, cl_bool blocks, size_t offset, size_t size,                    \
                 const void *source, cl_uint waits, const cl_event *wait_list, cl_event *event),                       \
                (queue, memory, blocks, offset, size, source, waits, wait_list, event))                                \
        COMMAND(clEnqueueCopyBuffer,                                                                                   \
                (cl_command_queue queue, cl_mem source, cl_mem target, size_t source_offset, size_t target_offset,     \
                 size_t size, cl_uint waits, const cl_event *wait_list, cl_event *event),                              \
                (queue, source, target, source_offset, target_offset, size, waits, wait_list, event))                  \
        COMMAND(clEnqueueFillBuffer,                                                                                   \
                (cl_command_queue queue, cl_mem memory, const void *pattern, size_t pattern_size, size_t offset,       \
                 size_t size, cl_uint waits, const cl_event *wait_list, cl_event *event),                              \
                (queue, memory, pattern, pattern_size, offset, size, waits, wait_list, event))                         \
        STATUS(clEnqueueMarkerWithWaitList,                                                                            \
               (cl_command_queue queue, cl_uint waits, const cl_event *wait_list, cl_event *event),                    \
               (queue, waits, wait_list, event))                                                                       \
        STATUS(clFlush, (cl_command_queue queue), (queue))                                                             \
        WAIT(clFinish, (cl_command_queue queue), (queue), NULL)                                                        \
        WAIT(clWaitForEvents, (cl_uint count, const cl_event *events), (count, events), events[0])                     \
        OBJECT(cl_event, clCreateUserEvent, (cl_context context, cl_int * error), (context, error))                    \
        STATUS(clSetUserEventStatus, (cl_event event, cl_int status), (event, status))                                 \
        STATUS(clReleaseEvent, (cl_event event), (event))

// MARK: Answers

enum { MOST_ANSWERS = 16 };
static struct {
    atomic_uint name;
    atomic_ulong value;
} answers[MOST_ANSWERS];
static atomic_int answer_count;

void unloop_layer_answer(unsigned name, unsigned long value) {
    const int position = atomic_load(&answer_count);
    if (position == MOST_ANSWERS) return;
    atomic_store(&answers[position].name, name);
    atomic_store(&answers[position].value, value);
    atomic_store(&answer_count, position + 1);
}

/// Replaces each integer of an answer.
static void answer(cl_device_info name, size_t size, void *value) {
    for (int position = 0; value && position < atomic_load(&answer_count); ++position) {
        if (atomic_load(&answers[position].name) != name) continue;
        const unsigned long integer = atomic_load(&answers[position].value);
        const size_t width = size % sizeof integer == 0 ? sizeof integer : sizeof(cl_uint);
        for (size_t byte = 0; byte + width <= size; byte += width) memcpy((char *)value + byte, &integer, width);
    }
}

// MARK: Orders

// Two stand apart: clGetEventInfo, which tells what became of events, and clGetDeviceInfo, whose answers can be others.
enum entry {
#    define NUMBER(name, ...) ENTRY_##name,
#    define OBJECT_NUMBER(type, name, ...) ENTRY_##name,
    ENTRIES(NUMBER, OBJECT_NUMBER, NUMBER, NUMBER) ENTRY_clGetEventInfo,
    ENTRY_clGetDeviceInfo,
    ENTRY_COUNT
};

static const char *const names[ENTRY_COUNT] = {
#    define NAME(name, ...) #    name,
#    define OBJECT_NAME(type, name, ...) #    name,
    ENTRIES(NAME, OBJECT_NAME, NAME, NAME) "clGetEventInfo",
    "clGetDeviceInfo",
};

static cl_icd_dispatch below;
static atomic_long calls[ENTRY_COUNT];
static atomic_long failures;
/// The number of the call that is to fail, counted as `calls`; 0 for every one, -1 for none.
static atomic_long failing_calls[ENTRY_COUNT];
static atomic_int codes[ENTRY_COUNT];
static atomic_int kinds[ENTRY_COUNT];
/// The code of a command that failed and of which no wait has told yet; 0 if there is none.
static atomic_int late_code;
/// An event whose wait has told so, and its status.
static _Atomic(cl_event) late_event;
static atomic_int late_status;

/// How this call fails, and with which code; -1 if it does not.
static int failure_of_call(enum entry entry, cl_int *code) {
    const long call = atomic_fetch_add(&calls[entry], 1) + 1;
    const long failing = atomic_load(&failing_calls[entry]);
    if (failing < 0 || (failing > 0 && failing != call)) return -1;
    *code = atomic_load(&codes[entry]);
    atomic_fetch_add(&failures, 1);
    return atomic_load(&kinds[entry]);
}

static int entry_of(const char *name) {
    for (int entry = 0; entry < ENTRY_COUNT; ++entry)
        if (strcmp(names[entry], name) == 0) return entry;
    return -1;
}

int unloop_layer_fail(const char *name, long call, int code, int failure) {
    const int entry = entry_of(name);
    if (entry < 0) return 0;
    atomic_store(&failing_calls[entry], -1);
    atomic_store(&codes[entry], code);
    atomic_store(&kinds[entry], failure);
    atomic_store(&failing_calls[entry], call == 0 ? 0 : atomic_load(&calls[entry]) + call);
    return 1;
}

void unloop_layer_reset(void) {
    for (int entry = 0; entry < ENTRY_COUNT; ++entry) {
        atomic_store(&failing_calls[entry], -1);
        atomic_store(&calls[entry], 0);
    }
    atomic_store(&failures, 0);
    atomic_store(&answer_count, 0);
    atomic_store(&late_code, 0);
    atomic_store(&late_event, NULL);
}

long unloop_layer_calls(const char *name) {
    const int entry = entry_of(name);
    return entry < 0 ? -1 : atomic_load(&calls[entry]);
}

long unloop_layer_failures(void) { return atomic_load(&failures); }

const char *unloop_layer_entry(int index) { return index >= 0 && index < ENTRY_COUNT ? names[index] : NULL; }

/// `UNLOOP_LAYER_FAIL=clGetEventInfo:0:-5:before`, several with commas in between: orders from the first call on.
static void take_orders_of_environment(void) {
    const char *orders = getenv("UNLOOP_LAYER_FAIL");
    while (orders && *orders) {
        char name[64], kind[16];
        long call = 0;
        int code = 0, length = 0;
        if (sscanf(orders, "%63[^:]:%ld:%d:%15[a-z]%n", name, &call, &code, kind, &length) != 4) break;
        const int failure = kind[0] == 'a'   ? UNLOOP_LAYER_AFTER
                            : kind[0] == 'l' ? UNLOOP_LAYER_LATE
                                             : UNLOOP_LAYER_BEFORE;
        if (!unloop_layer_fail(name, call, code, failure))
            fprintf(stderr, "unloop test layer: no entry point %s\n", name);
        orders += length;
        if (*orders == ',') ++orders;
    }
}

// MARK: Entry points

#    define STATUS_FUNCTION(name, parameters, arguments)                                                               \
        static cl_int CL_API_CALL fault_##name parameters {                                                            \
            cl_int code = CL_SUCCESS;                                                                                  \
            const int failure = failure_of_call(ENTRY_##name, &code);                                                  \
            if (failure == UNLOOP_LAYER_BEFORE || failure == UNLOOP_LAYER_LATE) return code;                           \
            const cl_int result = below.name arguments;                                                                \
            return failure == UNLOOP_LAYER_AFTER ? code : result;                                                      \
        }

#    define OBJECT_FUNCTION(type, name, parameters, arguments)                                                         \
        static type CL_API_CALL fault_##name parameters {                                                              \
            cl_int code = CL_SUCCESS;                                                                                  \
            const int failure = failure_of_call(ENTRY_##name, &code);                                                  \
            type result = NULL;                                                                                        \
            if (failure < 0 || failure == UNLOOP_LAYER_AFTER) result = below.name arguments;                           \
            if (failure < 0) return result;                                                                            \
            if (error) *error = code;                                                                                  \
            return NULL;                                                                                               \
        }

// A command that fails late leaves a marker in its place, so that there is an event to wait for.
#    define COMMAND_FUNCTION(name, parameters, arguments)                                                              \
        static cl_int CL_API_CALL fault_##name parameters {                                                            \
            cl_int code = CL_SUCCESS;                                                                                  \
            const int failure = failure_of_call(ENTRY_##name, &code);                                                  \
            if (failure == UNLOOP_LAYER_BEFORE) return code;                                                           \
            if (failure == UNLOOP_LAYER_LATE) {                                                                        \
                atomic_store(&late_code, code);                                                                        \
                return below.clEnqueueMarkerWithWaitList(queue, waits, wait_list, event);                              \
            }                                                                                                          \
            const cl_int result = below.name arguments;                                                                \
            return failure == UNLOOP_LAYER_AFTER ? code : result;                                                      \
        }

#    define WAIT_FUNCTION(name, parameters, arguments, awaited)                                                        \
        static cl_int CL_API_CALL fault_##name parameters {                                                            \
            cl_int code = CL_SUCCESS;                                                                                  \
            const int failure = failure_of_call(ENTRY_##name, &code);                                                  \
            if (failure == UNLOOP_LAYER_BEFORE || failure == UNLOOP_LAYER_LATE) return code;                           \
            const cl_int result = below.name arguments;                                                                \
            if (failure == UNLOOP_LAYER_AFTER) return code;                                                            \
            const cl_int late = atomic_exchange(&late_code, 0);                                                        \
            if (late == 0) return result;                                                                              \
            const cl_event event = awaited;                                                                            \
            atomic_store(&late_status, late);                                                                          \
            atomic_store(&late_event, event);                                                                          \
            return event ? CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST : late;                                        \
        }

ENTRIES(STATUS_FUNCTION, OBJECT_FUNCTION, COMMAND_FUNCTION, WAIT_FUNCTION)

static cl_int CL_API_CALL fault_clGetEventInfo(cl_event event, cl_event_info name, size_t size, void *value,
                                               size_t *needed) {
    cl_int code = CL_SUCCESS;
    const int failure = failure_of_call(ENTRY_clGetEventInfo, &code);
    if (failure == UNLOOP_LAYER_BEFORE) return code;
    const cl_int result = below.clGetEventInfo(event, name, size, value, needed);
    if (failure == UNLOOP_LAYER_AFTER) return code;
    const int is_status = name == CL_EVENT_COMMAND_EXECUTION_STATUS && value && size >= sizeof(cl_int);
    // The event itself tells of a failure.
    if (failure == UNLOOP_LAYER_LATE && is_status) *(cl_int *)value = code;
    if (is_status && event == atomic_load(&late_event)) *(cl_int *)value = atomic_load(&late_status);
    return result;
}

static cl_int CL_API_CALL fault_clGetDeviceInfo(cl_device_id device, cl_device_info name, size_t size, void *value,
                                                size_t *needed) {
    cl_int code = CL_SUCCESS;
    const int failure = failure_of_call(ENTRY_clGetDeviceInfo, &code);
    if (failure == UNLOOP_LAYER_BEFORE || failure == UNLOOP_LAYER_LATE) return code;
    const cl_int result = below.clGetDeviceInfo(device, name, size, value, needed);
    if (result == CL_SUCCESS) answer(name, size, value);
    return failure == UNLOOP_LAYER_AFTER ? code : result;
}

void unloop_layer_install_faults(cl_icd_dispatch *table) {
    below = *table;
#    define INSTALL(name, ...) table->name = fault_##name;
#    define INSTALL_OBJECT(type, name, ...) table->name = fault_##name;
    ENTRIES(INSTALL, INSTALL_OBJECT, INSTALL, INSTALL)
    table->clGetEventInfo = fault_clGetEventInfo;
    table->clGetDeviceInfo = fault_clGetDeviceInfo;
}

/// Orders may be given before the loader asks for the table.
__attribute__((constructor)) static void start(void) {
    unloop_layer_reset();
    take_orders_of_environment();
}
#endif
