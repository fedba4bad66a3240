#pragma once

#include "support.h"

/// Elements of a tile, a register's worth of values. Large tiles cost less per element, but all
/// that a program needs should stay in L1. All sizes
/// are multiples of every period.
#define CK_SMALLEST_TILE 512
#define CK_LARGEST_TILE 2048
#define CK_MAXIMUM_INSTRUCTIONS 64
#define CK_MAXIMUM_OPERANDS 32
#define CK_REGISTERS 32

/// Where the value of an instruction lives while a tile is worked on.
typedef enum ck_place {
  /// In a scratch tile.
  CK_PLACE_TILE,
  /// In the operand's own memory, which is contiguous over the tile: no copy is made.
  CK_PLACE_OPERAND,
  /// In the operand's memory, unless a stored operand shares it: then in a scratch tile.
  CK_PLACE_OPERAND_UNLESS_SHARED,
  /// In a scratch tile of its own that is filled again only when the source moves.
  CK_PLACE_KEPT_TILE,
} ck_place;

/// An instruction whose sources are values, each named by the instruction that makes it.
typedef struct ck_step {
  ck_pointwise_opcode opcode;
  ck_place place;
  int16_t a;
  int16_t b;
  int16_t c;
  /// Scratch tile, or -1.
  int16_t tile;
  /// For loads and stores, and for a value that is computed straight into a stored operand.
  int16_t operand;
  float low;
  float high;
} ck_step;

struct ck_pointwise_program {
  int32_t step_count;
  int32_t operand_count;
  int32_t tile_count;
  /// Elements that a scratch tile has room for.
  int64_t tile_size;
  ck_step steps[CK_MAXIMUM_INSTRUCTIONS];
  ck_pointwise_operand operands[CK_MAXIMUM_OPERANDS];
  bool loaded[CK_MAXIMUM_OPERANDS];
  bool stored[CK_MAXIMUM_OPERANDS];
  /// Sizes after merging; outer[3] is split into groups of `rows`, inner into pieces of `columns`.
  int64_t outer[4];
  int64_t inner;
  int64_t rows;
  int64_t columns;
  int64_t row_groups;
  int64_t pieces;
};

/// Whether the operand's elements are contiguous over every tile.
bool ck_pointwise_is_contiguous(const ck_pointwise_program *program, int32_t operand);
