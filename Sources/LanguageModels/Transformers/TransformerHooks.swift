/// Which intermediate values of a transformer have names, and so can be read and replaced.
///
/// The names are those of TransformerLens, such as `blocks.3.attn.hook_pattern`; `N` counts blocks
/// from 0. With batch b, position p, head h, head width k, neuron m and width d:
///
/// | name | shape |
/// |---|---|
/// | `hook_embed`, `hook_pos_embed` | `[b, p, d]` |
/// | `blocks.N.hook_resid_pre`, `hook_resid_mid`, `hook_resid_post` | `[b, p, d]` |
/// | `blocks.N.ln1.hook_scale` (and `ln2`, `ln_final`) | `[b, p, 1]` |
/// | `blocks.N.ln1.hook_normalized` (and `ln2`, `ln_final`) | `[b, p, d]` |
/// | `blocks.N.attn.hook_q`, `hook_z` | `[b, p, h, k]` |
/// | `blocks.N.attn.hook_k`, `hook_v` | `[b, p, key and value head, k]` |
/// | `blocks.N.attn.hook_rot_q`, `hook_rot_k`, with rotary positions | as `hook_q`, `hook_k` |
/// | `blocks.N.attn.hook_attn_scores`, `hook_pattern` | `[b, h, query, key]` |
/// | `blocks.N.attn.hook_result`, if asked for | `[b, p, h, d]` |
/// | `blocks.N.hook_attn_out`, `hook_mlp_out` | `[b, p, d]` |
/// | `blocks.N.mlp.hook_pre`, `hook_post` | `[b, p, m]` |
/// | `blocks.N.mlp.hook_pre_linear`, in gated MLPs | `[b, p, m]` |
/// | `logits` | `[b, p, token]` |
///
/// Scores are scaled, and -∞ where a query must not look. As in TransformerLens, a layer
/// normalization's `hook_normalized` comes after its gain and bias, an RMS normalization's before
/// its gain. Parallel and attention-only blocks have no `hook_resid_mid`; in a gated MLP `hook_pre`
/// is what enters the activation.
public enum TransformerHooks: Sendable, Hashable, CaseIterable {
  /// No names but `logits`: the fastest graph.
  case none
  /// Every name but `hook_result`, which is expensive.
  case standard
  /// Every name; each head's contribution to the residual stream is computed apart.
  case withResults
}
