#pragma once

// Opaque handles over oneDNN, the same for its second and third versions.
//
// Why a shim: in version 2 a descriptor is a large struct, in version 3 a handle, and nearly every
// function that makes a primitive changed in between. And the library must be opened by us rather
// than linked: the OpenMP runtime that it brings along reads how its threads wait from the
// environment when it is loaded, which for a linked library is before `main`.
//
// Every function that makes something returns a status and, if that is `ODNN_SUCCESS`, the new
// handle, which the caller destroys. Nothing but `odnn_open`, the facts about the processor and the
// thread pool may be called before `odnn_open` has succeeded. Handles may be destroyed on any
// thread. Shapes are logical: [batch, channels, height, width], weights [groups, out, in, height,
// width] with or without the groups, whatever the order in memory.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nonnull
#define _Nullable
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// How a call went; oneDNN's own codes, then ours.
typedef enum odnn_status : int32_t {
  ODNN_SUCCESS = 0,
  ODNN_OUT_OF_MEMORY = 1,
  ODNN_INVALID_ARGUMENTS = 2,
  ODNN_UNIMPLEMENTED = 3,
  ODNN_LAST_IMPLEMENTATION = 4,
  ODNN_RUNTIME_ERROR = 5,
  ODNN_NOT_REQUIRED = 6,
  /// The library, or a function that it should have, is missing.
  ODNN_LIBRARY_MISSING = 100,
  /// The library has another major version than the headers.
  ODNN_WRONG_VERSION = 101,
  /// An index or a number of dimensions is out of range.
  ODNN_OUT_OF_RANGE = 102,
} odnn_status;

/// The status in a few lower-case words.
const char *odnn_status_name(odnn_status status);

// MARK: The library

/// Opens oneDNN once; later calls return at once.
///
/// Tries `library`, else the path in the environment variable PLUMB_ONEDNN_LIBRARY, else the usual
/// names of the version that the headers belong to. Sets how OpenMP's threads wait, unless the
/// environment says so already: they spin `spin_count` times for more work and then sleep.
///
/// A failure leaves one sentence in `message`, which is cut to `capacity` bytes with its zero.
odnn_status odnn_open(
    const char *_Nullable library, int64_t spin_count, char *message, size_t capacity);

/// Whether `odnn_open` has succeeded.
bool odnn_is_open(void);

/// The version of the library that was opened, such as "2.6.3", or "" if none was.
const char *odnn_version(void);

/// The major version of the headers.
int odnn_header_version(void);

/// The file that the library was opened from, or "" if none was.
const char *odnn_library_path(void);

/// The best instruction set that the library may use, such as "avx2" or "avx512_core_bf16"; or
/// "default" where it does not say.
const char *odnn_isa(void);

/// The number of channels in a block that suits the instruction set: 8 or 16.
int odnn_channel_block(void);

/// Whether the processor multiplies bfloat16 numbers itself.
bool odnn_supports_bf16(void);

// MARK: Threads

/// Says how many threads the calling thread uses in oneDNN and in `odnn_parallel`.
void odnn_set_threads(int threads);

/// What `odnn_set_threads` said on this thread, 1 at first.
int odnn_threads(void);

/// The runtime behind `odnn_parallel`: "OpenMP", "Dispatch" or "none".
const char *odnn_parallel_runtime(void);

/// Runs `body(context, thread, threads)` on every thread of the calling thread's pool, the one that
/// oneDNN uses, and returns when all are done. Runs it here alone as thread 0 of 1 if the calling
/// thread never asked for more.
void odnn_parallel(
    void (*body)(void *_Nullable context, int thread, int threads), void *_Nullable context);

/// Names the calling thread, for debuggers; at most 15 bytes.
void odnn_name_thread(const char *name);

/// Whether the process may run on a processor; true where the system does not say.
bool odnn_may_use_processor(int processor);

// MARK: Memory descriptors

/// The shape, element type and layout of a tensor.
typedef struct odnn_md odnn_md;

/// The most dimensions that a descriptor can have.
#define ODNN_MAX_DIMS 12

typedef enum odnn_type : int32_t {
  ODNN_BF16 = 2,
  ODNN_F32 = 3,
  ODNN_S32 = 4,
  ODNN_S8 = 5,
  ODNN_U8 = 6,
} odnn_type;

typedef enum odnn_layout : int32_t {
  /// Whatever the primitive likes best; ask the primitive what that is.
  ODNN_LAYOUT_ANY = 0,
  /// Row-major: the last dimension is contiguous.
  ODNN_LAYOUT_PLAIN = 1,
  /// Channels (dimension 1) contiguous, as in [batch, height, width, channels].
  ODNN_LAYOUT_CHANNELS_LAST = 2,
  /// Channels in blocks of 8: [batch, ceil(channels / 8), height, width, 8].
  ODNN_LAYOUT_BLOCKED_8 = 3,
  /// Channels in blocks of 16.
  ODNN_LAYOUT_BLOCKED_16 = 4,
} odnn_layout;

odnn_status odnn_md_create(
    odnn_md *_Nullable *_Nonnull out, int rank, const int64_t *dims, odnn_type type,
    odnn_layout layout);

/// `strides` count elements.
odnn_status odnn_md_create_strided(
    odnn_md *_Nullable *_Nonnull out, int rank, const int64_t *dims, odnn_type type,
    const int64_t *strides);

odnn_status odnn_md_clone(odnn_md *_Nullable *_Nonnull out, const odnn_md *md);
void odnn_md_destroy(odnn_md *_Nullable md);

/// The bytes that the tensor takes, with the zeros that fill its last blocks; 0 for layout "any".
size_t odnn_md_size(const odnn_md *md);
bool odnn_md_equal(const odnn_md *left, const odnn_md *right);
int odnn_md_rank(const odnn_md *md);
odnn_type odnn_md_type(const odnn_md *md);

/// Whether the layout is still open.
bool odnn_md_is_any(const odnn_md *md);

/// Writes `odnn_md_rank` sizes.
void odnn_md_dims(const odnn_md *md, int64_t *dims);

/// Writes the strides between blocks, in elements; false if the layout has none, as packed weights
/// and "any" do.
bool odnn_md_strides(const odnn_md *md, int64_t *strides);

/// The number of blocked levels inside, and for each which dimension it splits and into how many.
/// Arrays hold `ODNN_MAX_DIMS`.
int odnn_md_inner_blocks(const odnn_md *md, int64_t *dimensions, int64_t *sizes);

/// A short text such as "f32 [1, 64, 56, 56] aBcd8b", cut to `capacity` bytes with its zero.
void odnn_md_describe(const odnn_md *md, char *text, size_t capacity);

// MARK: Primitives

/// An operation prepared for fixed shapes, types and layouts.
typedef struct odnn_primitive odnn_primitive;

/// What happens to a result before it is written.
typedef enum odnn_post : int32_t {
  ODNN_POST_NONE = 0,
  ODNN_POST_RELU = 1,
  /// Adds what the destination holds.
  ODNN_POST_SUM = 2,
  ODNN_POST_SUM_RELU = 3,
  ODNN_POST_GELU_TANH = 4,
  ODNN_POST_GELU_ERF = 5,
  ODNN_POST_SWISH = 6,
} odnn_post;

/// Where the window of a convolution or pool may go; arrays hold one number per spatial dimension.
typedef struct odnn_window {
  const int64_t *strides;
  /// 1 is dense, as everywhere but in oneDNN.
  const int64_t *dilations;
  const int64_t *padding_before;
  const int64_t *padding_after;
} odnn_window;

odnn_status odnn_convolution_forward(
    odnn_primitive *_Nullable *_Nonnull out, const odnn_md *source, const odnn_md *weights,
    const odnn_md *_Nullable bias, const odnn_md *destination, odnn_window window, odnn_post post);

/// The gradient for the source; with the roles of source and destination exchanged, a transposed
/// convolution. A null hint makes one of the same shapes.
odnn_status odnn_convolution_backward_data(
    odnn_primitive *_Nullable *_Nonnull out, const odnn_md *diff_source, const odnn_md *weights,
    const odnn_md *diff_destination, odnn_window window, const odnn_primitive *_Nullable forward);

odnn_status odnn_convolution_backward_weights(
    odnn_primitive *_Nullable *_Nonnull out, const odnn_md *source, const odnn_md *diff_weights,
    const odnn_md *_Nullable diff_bias, const odnn_md *diff_destination, odnn_window window,
    const odnn_primitive *_Nullable forward);

typedef enum odnn_pooling : int32_t {
  ODNN_POOLING_MAX = 0,
  /// The padding counts as zeros.
  ODNN_POOLING_AVERAGE_INCLUDE_PADDING = 1,
  ODNN_POOLING_AVERAGE_EXCLUDE_PADDING = 2,
} odnn_pooling;

/// `training` makes a max pool write where each maximum was: its workspace.
odnn_status odnn_pooling_forward(
    odnn_primitive *_Nullable *_Nonnull out, odnn_pooling algorithm, bool training,
    const odnn_md *source, const odnn_md *destination, const int64_t *kernel, odnn_window window);

/// `forward` says the algorithm and the window; for a max pool it must be a training one.
odnn_status odnn_pooling_backward(
    odnn_primitive *_Nullable *_Nonnull out, const odnn_primitive *forward,
    const odnn_md *diff_source, const odnn_md *diff_destination);

/// [..., m, k] by [..., k, n]; leading dimensions are equal or 1. The bias is [1..., 1, n].
odnn_status odnn_matmul(
    odnn_primitive *_Nullable *_Nonnull out, const odnn_md *source, const odnn_md *weights,
    const odnn_md *_Nullable bias, const odnn_md *destination, odnn_post post);

/// [batch, in] by weights [out, in]; the bias is [out].
odnn_status odnn_inner_product_forward(
    odnn_primitive *_Nullable *_Nonnull out, const odnn_md *source, const odnn_md *weights,
    const odnn_md *_Nullable bias, const odnn_md *destination, odnn_post post);
odnn_status odnn_inner_product_backward_data(
    odnn_primitive *_Nullable *_Nonnull out, const odnn_md *diff_source, const odnn_md *weights,
    const odnn_md *diff_destination);
odnn_status odnn_inner_product_backward_weights(
    odnn_primitive *_Nullable *_Nonnull out, const odnn_md *source, const odnn_md *diff_weights,
    const odnn_md *_Nullable diff_bias, const odnn_md *diff_destination);

/// Copies between layouts and element types.
odnn_status odnn_reorder(
    odnn_primitive *_Nullable *_Nonnull out, const odnn_md *source, const odnn_md *destination);

odnn_status odnn_softmax_forward(
    odnn_primitive *_Nullable *_Nonnull out, const odnn_md *source, const odnn_md *destination,
    int axis, bool logarithm);

/// `destination` is what the forward pass wrote.
odnn_status odnn_softmax_backward(
    odnn_primitive *_Nullable *_Nonnull out, const odnn_md *diff_source,
    const odnn_md *diff_destination, const odnn_md *destination, int axis, bool logarithm);

void odnn_primitive_destroy(odnn_primitive *_Nullable primitive);

/// The implementation that oneDNN chose, such as "jit:avx2"; one with "ref" in it is very slow.
const char *odnn_primitive_implementation(const odnn_primitive *primitive);

/// What a piece of memory is to a primitive.
typedef enum odnn_argument : int32_t {
  ODNN_SOURCE = 1,
  ODNN_DESTINATION = 17,
  ODNN_WEIGHTS = 33,
  ODNN_BIAS = 41,
  ODNN_WORKSPACE = 64,
  ODNN_SCRATCHPAD = 80,
  ODNN_DIFF_SOURCE = 129,
  ODNN_DIFF_DESTINATION = 145,
  ODNN_DIFF_WEIGHTS = 161,
  ODNN_DIFF_BIAS = 169,
} odnn_argument;

/// The arguments that the primitive takes, scratchpad included if it is not empty.
int odnn_primitive_argument_count(const odnn_primitive *primitive);
odnn_argument odnn_primitive_argument(const odnn_primitive *primitive, int index);

/// Whether the primitive writes the argument.
bool odnn_primitive_writes(const odnn_primitive *primitive, odnn_argument argument);

/// A new descriptor of one argument; `ODNN_NOT_REQUIRED` if the primitive does not take it.
odnn_status odnn_primitive_md(
    odnn_md *_Nullable *_Nonnull out, const odnn_primitive *primitive, odnn_argument argument);

// MARK: Calls

/// A primitive together with memory for its arguments. One thread at a time.
typedef struct odnn_call odnn_call;

/// The primitive must outlive the call.
odnn_status odnn_call_create(odnn_call *_Nullable *_Nonnull out, const odnn_primitive *primitive);
void odnn_call_destroy(odnn_call *_Nullable call);

/// Points argument `index`, in the primitive's order, at memory. Allocates nothing.
odnn_status odnn_call_set(odnn_call *call, int index, void *memory);

/// Runs the primitive on the calling thread's pool and returns when it is done.
odnn_status odnn_call_execute(odnn_call *call);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#endif
