import CKernels
import Testing

extension KernelTests {
  @Suite("Number formats")
  struct ConversionTests {
    @Test("Every half survives the way to float and back")
    func halves() {
      let bits = (0...UInt16.max).map(\.self)
      var floats = [Float](repeating: 0, count: bits.count)
      ck_half_to_float(&floats, bits, Int64(bits.count))
      var back = [UInt16](repeating: 0, count: bits.count)
      withThreads(3) { ck_float_to_half(&back, floats, Int64(bits.count)) }
      for (bits, (float, back)) in zip(bits, zip(floats, back)) {
        let (exponent, fraction) = (Int(bits >> 10) & 31, Double(bits & 1023))
        let sign: Double = bits >> 15 == 0 ? 1 : -1
        if exponent == 31 {
          #expect(fraction == 0 ? float == Float(sign) * .infinity : float.isNaN)
          #expect(fraction == 0 ? back == bits : back & 0x7e00 == 0x7e00)
          continue
        }
        let significand = exponent == 0 ? fraction : 1024 + fraction
        let power = Double(sign: .plus, exponent: max(exponent, 1) - 25, significand: 1)
        #expect(Double(float) == sign * significand * power && back == bits)
      }
    }

    @Test("Halves round to nearest, ties to even")
    func halfRounding() {
      let cases: [(Float, UInt16)] = [
        (1 + 0x1p-11, 0x3c00), (1 + 0x3p-11, 0x3c02), (1 + 0x1.002p-11, 0x3c01), (65_519, 0x7bff),
        (65_520, 0x7c00), (-1e30, 0xfc00), (0x1p-25, 0), (0x1.8p-25, 1), (-0x1p-24, 0x8001),
        (0x3p-25, 2), (0x1.ff8p-15, 0x03ff), (0x1.fffp-15, 0x0400), (-0.0, 0x8000), (1e-38, 0),
      ]
      var result = [UInt16](repeating: 0, count: cases.count)
      ck_float_to_half(&result, cases.map(\.0), Int64(cases.count))
      for (result, (value, expected)) in zip(result, cases) {
        #expect(result == expected, "\(value)")
      }
    }

    @Test("bfloat16 rounds to nearest, ties to even")
    func bfloat16() {
      let bits: [UInt32] = [
        0x3f80_0000, 0x3f80_8000, 0x3f81_8000, 0x3f80_8001, 0x7f7f_ffff, 0xff80_0000, 0x7f80_0001,
        0x8000_0001,
      ]
      var result = [UInt16](repeating: 0, count: bits.count)
      ck_float_to_bfloat16(&result, bits.map(Float.init(bitPattern:)), Int64(bits.count))
      #expect(result == [0x3f80, 0x3f80, 0x3f82, 0x3f81, 0x7f80, 0xff80, 0x7fc0, 0x8000])
      var back = [Float](repeating: 0, count: 2)
      ck_bfloat16_to_float(&back, [0x3f80, 0xc000], 2)
      #expect(back == [1, -2])
    }

    @Test("Bytes to floats and rows to int8")
    func bytes() {
      var floats = [Float](repeating: 0, count: 3)
      ck_byte_to_float(&floats, [0, 128, 255], 3, 2, -1)
      #expect(floats == [-1, 255, 509])
      var q = [Int8](repeating: 0, count: 6)
      var scale = [Float](repeating: 0, count: 2)
      ck_float_to_int8_rows(&q, &scale, [1, -127, 63.5, 0, 0, 0], 2, 3)
      #expect(q == [1, -127, 64, 0, 0, 0] && scale == [1, 0])
    }

    @Test("The first NaN or infinity is found", arguments: [0, 1, 255, 257, 100_000])
    func nonfinite(count: Int) {
      var x = randomArray(count)
      #expect(ck_first_nonfinite(x, Int64(count)) == -1)
      for index in [count - 1, count / 2, count / 3, 0] where index >= 0 && index < count {
        x[index] = index % 2 == 0 ? .nan : -.infinity
        for threads: Int32 in [1, 3] {
          #expect(withThreads(threads) { ck_first_nonfinite(x, Int64(count)) } == index)
        }
      }
    }
  }
}
