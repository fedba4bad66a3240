import CKernels
import Testing

extension KernelTests {
  @Suite("Convolutions by minimal filtering")
  struct WinogradTests {
    /// A convolution of stride 1; sizes are height and width.
    struct Case: Sendable, CustomTestStringConvertible {
      var kernel = 3
      var batch = 1
      let channels: (Int, Int)
      let size: (Int, Int)
      var before = (1, 1)
      var after = (1, 1)

      var outputSize: (Int, Int) {
        (
          size.0 + before.0 + after.0 - kernel + 1, size.1 + before.1 + after.1 - kernel + 1
        )
      }
      var testDescription: String {
        "\(batch) x \(channels.0) x \(size) to \(channels.1), kernel \(kernel), \(before) \(after)"
      }

      var shape: ck_winograd_shape {
        ck_winograd_shape(
          kernel: Int64(kernel), batch: Int64(batch), inputs: Int64(channels.0),
          outputs: Int64(channels.1), height: Int64(size.0), width: Int64(size.1),
          output_height: Int64(outputSize.0), output_width: Int64(outputSize.1),
          top: Int64(before.0), left: Int64(before.1))
      }

      /// The convolution that gives the gradient for the source.
      var transposed: Case {
        func padding(_ sides: (Int, Int)) -> (Int, Int) {
          (kernel - 1 - sides.0, kernel - 1 - sides.1)
        }
        return Case(
          kernel: kernel, batch: batch, channels: (channels.1, channels.0), size: outputSize,
          before: padding(before), after: padding(after))
      }

      /// Calls a closure with the places of source, weight and result in each product.
      func forEachProduct(_ body: (_ source: Int, _ weight: Int, _ result: Int) -> Void) {
        let (height, width) = outputSize
        for image in 0..<batch {
          for output in 0..<channels.1 {
            for input in 0..<channels.0 {
              for y in 0..<height {
                for x in 0..<width {
                  for row in max(0, before.0 - y)..<min(kernel, size.0 + before.0 - y) {
                    for column in max(0, before.1 - x)..<min(kernel, size.1 + before.1 - x) {
                      let (top, left) = (y + row - before.0, x + column - before.1)
                      body(
                        WinogradTests.place(image, input, top, left, channels.0, size),
                        ((output * channels.0 + input) * kernel + row) * kernel + column,
                        WinogradTests.place(image, output, y, x, channels.1, outputSize))
                    }
                  }
                }
              }
            }
          }
        }
      }
    }

    /// Where an element lies, blocked by 8 channels.
    static func place(
      _ image: Int, _ channel: Int, _ y: Int, _ x: Int, _ channels: Int, _ size: (Int, Int)
    ) -> Int {
      (((image * channels / 8 + channel / 8) * size.0 + y) * size.1 + x) * 8 + channel % 8
    }

    static let cases: [Case] = [
      Case(channels: (8, 8), size: (4, 4)),
      Case(channels: (24, 40), size: (9, 14)),
      Case(batch: 3, channels: (16, 8), size: (5, 7), before: (0, 2), after: (1, 0)),
      Case(batch: 2, channels: (8, 16), size: (1, 3)),
      Case(channels: (16, 24), size: (3, 3), before: (0, 0), after: (0, 0)),
      // More patches than are transformed at once.
      Case(batch: 40, channels: (168, 16), size: (6, 5)),
      Case(kernel: 4, channels: (16, 24), size: (8, 11), before: (1, 2), after: (2, 1)),
      Case(kernel: 4, batch: 2, channels: (8, 8), size: (4, 5), before: (0, 0), after: (0, 3)),
      Case(kernel: 5, channels: (24, 16), size: (7, 10), before: (2, 2), after: (2, 2)),
      Case(kernel: 5, batch: 2, channels: (8, 24), size: (9, 5), before: (0, 4), after: (3, 0)),
    ]

    /// Sums of 1,512 products without transforms differ by half of this.
    static let tolerance = 3e-6

    private func convolution(
      _ item: Case, _ source: [Float], _ weights: [Float], bias: [Float]? = nil,
      hasReLU: Bool = false, isGradient: Bool = false
    ) -> [Float] {
      var shape = item.shape
      let (inputs, outputs) = item.channels
      let size = item.kernel * item.kernel
      var packed = [Float](
        repeating: .nan, count: Int(ck_winograd_packed_count(Int64(inputs), Int64(outputs))))
      ck_winograd_pack(
        &packed, weights, Int64(item.kernel), Int64(inputs), Int64(outputs),
        Int64(isGradient ? outputs * size : size), Int64(isGradient ? size : inputs * size),
        isGradient)
      var scratch = [Float](
        repeating: .nan, count: Int(ck_winograd_scratch_count(&shape)))
      var result = [Float](
        repeating: .nan,
        count: item.batch * outputs * item.outputSize.0 * item.outputSize.1)
      ck_winograd_convolution(&result, source, packed, bias, hasReLU, &shape, &scratch)
      return result
    }

    private func weightGradient(_ item: Case, _ source: [Float], _ upstream: [Float]) -> [Float] {
      var shape = item.shape
      var scratch = [Float](
        repeating: .nan, count: Int(ck_winograd_gradient_scratch_count(&shape)))
      var result = [Float](
        repeating: .nan,
        count: item.channels.0 * item.channels.1 * item.kernel * item.kernel)
      ck_winograd_weight_gradient(&result, source, upstream, &shape, &scratch)
      return result
    }

    private func numbers(_ item: Case) -> (source: [Float], weights: [Float], upstream: [Float]) {
      (
        randomArray(item.batch * item.channels.0 * item.size.0 * item.size.1, seed: 1),
        randomArray(item.channels.0 * item.channels.1 * item.kernel * item.kernel, seed: 2),
        randomArray(
          item.batch * item.channels.1 * item.outputSize.0 * item.outputSize.1, seed: 3)
      )
    }

    @Test("Match sums in float64, with the same bits for any number of threads", arguments: cases)
    func matches(item: Case) {
      let (source, weights, _) = numbers(item)
      let bias = randomArray(item.channels.1, seed: 4)
      let area = item.outputSize.0 * item.outputSize.1
      var truth = (0..<item.batch * item.channels.1 * area).map { index in
        Double(bias[index / (area * 8) % (item.channels.1 / 8) * 8 + index % 8])
      }
      item.forEachProduct { truth[$2] += Double(source[$0]) * Double(weights[$1]) }
      let result = convolution(item, source, weights, bias: bias)
      #expect(relativeDifference(result, truth) < Self.tolerance)
      #expect(
        convolution(item, source, weights, bias: bias, hasReLU: true)
          == result.map { max($0, 0) })
      #expect(isIndependentOfThreads { convolution(item, source, weights, bias: bias) })
    }

    @Test("Flipped weights give the gradient for the source", arguments: cases)
    func sourceGradient(item: Case) {
      let (source, weights, upstream) = numbers(item)
      var truth = [Double](repeating: 0, count: source.count)
      item.forEachProduct { truth[$0] += Double(upstream[$2]) * Double(weights[$1]) }
      let result = convolution(item.transposed, upstream, weights, isGradient: true)
      #expect(relativeDifference(result, truth) < Self.tolerance)
    }

    @Test("The gradient for the weights matches sums in float64", arguments: cases)
    func weightGradient(item: Case) {
      let (source, weights, upstream) = numbers(item)
      var truth = [Double](repeating: 0, count: weights.count)
      item.forEachProduct { truth[$1] += Double(source[$0]) * Double(upstream[$2]) }
      #expect(relativeDifference(weightGradient(item, source, upstream), truth) < Self.tolerance)
      #expect(isIndependentOfThreads { weightGradient(item, source, upstream) })
    }

    @Test("A NaN is not lost in the positive part")
    func notANumber() {
      let item = Case(channels: (8, 8), size: (4, 4))
      var (source, weights, _) = numbers(item)
      source[Self.place(0, 3, 1, 1, 8, item.size)] = .nan
      weights = weights.map { abs($0) }
      let result = convolution(item, source, weights, hasReLU: true)
      #expect(result[Self.place(0, 0, 2, 2, 8, item.size)].isNaN)
    }
  }
}
