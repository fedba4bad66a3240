#include "support.h"

// Copies of channel ranges between plain and blocked activations: whole blocks as one strided copy,
// what is left lane by lane.

static int64_t padded_channels(ck_channel_layout layout) {
  return ck_ceil_div(layout.channels, layout.block) * layout.block;
}

/// Where channel `channel` of the first image begins; its pixels are `block` apart.
static int64_t channel_start(ck_channel_layout layout, int64_t channel, int64_t spatial) {
  return channel / layout.block * layout.block * spatial + channel % layout.block;
}

/// Copies `blocks` times `lanes` channels that begin a block in both layouts (or lie within one,
/// if blocks is 1).
static void copy_blocks(
    float *destination, ck_channel_layout to, int64_t to_begin, const float *source,
    ck_channel_layout from, int64_t from_begin, int64_t blocks, int64_t lanes, int64_t batch,
    int64_t spatial) {
  if (blocks == 0 || lanes == 0) return;
  const int64_t sizes[4] = {batch, blocks, spatial, lanes};
  const int64_t to_strides[4] = {
    padded_channels(to) * spatial, lanes * spatial, to.block, to.block == 1 ? spatial : 1};
  const int64_t from_strides[4] = {
    padded_channels(from) * spatial, lanes * spatial, from.block, from.block == 1 ? spatial : 1};
  ck_copy_strided(
    destination + channel_start(to, to_begin, spatial), to_strides,
    source + channel_start(from, from_begin, spatial), from_strides, sizes, 4, 4);
}

/// How many channels from `channel` on stay within one block; a plain layout has no blocks.
static int64_t room_in_block(ck_channel_layout layout, int64_t channel) {
  return layout.block == 1 ? INT64_MAX : layout.block - channel % layout.block;
}

static void clear_last_lanes(
    float *destination, ck_channel_layout layout, int64_t batch, int64_t spatial) {
  const int64_t rest = padded_channels(layout) - layout.channels;
  ck_channel_layout whole = layout;
  whole.channels = padded_channels(layout);
  if (rest > 0) ck_fill_channels(destination, whole, layout.channels, rest, batch, spatial, 0);
}

void ck_copy_channels(
    float *destination, ck_channel_layout destination_layout, int64_t destination_begin,
    const float *source, ck_channel_layout source_layout, int64_t source_begin, int64_t count,
    int64_t batch, int64_t spatial) {
  const ck_channel_layout to = destination_layout;
  const ck_channel_layout from = source_layout;
  int64_t to_channel = destination_begin;
  int64_t from_channel = source_begin;
  for (int64_t left = count; left > 0;) {
    const int64_t block = ck_max(to.block, from.block);
    const bool aligned = to_channel % to.block == 0 && from_channel % from.block == 0;
    const bool alike = to.block == from.block || to.block == 1 || from.block == 1;
    int64_t blocks = 1;
    int64_t lanes;
    if (aligned && alike && left >= block) {
      blocks = left / block;
      lanes = block;
    } else {
      lanes = ck_min(room_in_block(to, to_channel), room_in_block(from, from_channel));
      lanes = ck_min(lanes, left);
    }
    copy_blocks(
      destination, to, to_channel, source, from, from_channel, blocks, lanes, batch, spatial);
    to_channel += blocks * lanes;
    from_channel += blocks * lanes;
    left -= blocks * lanes;
  }
  if (count > 0 && destination_begin + count == to.channels) {
    clear_last_lanes(destination, to, batch, spatial);
  }
}

void ck_fill_channels(
    float *destination, ck_channel_layout layout, int64_t begin, int64_t count, int64_t batch,
    int64_t spatial, float value) {
  for (int64_t channel = begin; channel < begin + count;) {
    const int64_t lanes = ck_min(room_in_block(layout, channel), begin + count - channel);
    const int64_t sizes[3] = {batch, spatial, lanes};
    const int64_t strides[3] = {
      padded_channels(layout) * spatial, layout.block, layout.block == 1 ? spatial : 1};
    const int64_t zeros[3] = {0, 0, 0};
    ck_copy_strided(
      destination + channel_start(layout, channel, spatial), strides, &value, zeros, sizes, 3, 4);
    channel += lanes;
  }
}

void ck_fill(float *destination, int64_t count, float value) {
  const int64_t one = 1;
  const int64_t zero = 0;
  ck_copy_strided(destination, &one, &value, &zero, &count, 1, 4);
}
