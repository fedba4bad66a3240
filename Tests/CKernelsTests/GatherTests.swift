import CKernels
import Testing

extension KernelTests {
  @Suite("Rows by index")
  struct GatherTests {
    @Test("Gathering, and adding back in order", arguments: [1, 5, 16, 77])
    func rows(columns: Int) {
      let (rows, count) = (11, 300)
      let table = randomArray(rows * columns, seed: 1)
      let x = randomArray(count * columns, seed: 2)
      let ids = (0..<count).map { Int32(($0 * 7) % 13) - 1 }
      var gathered: [Float] = []
      var sums = table
      for (i, id) in ids.enumerated() {
        for j in 0..<columns {
          let inside = id >= 0 && id < rows
          gathered.append(inside ? table[Int(id) * columns + j] : 0)
          if inside { sums[Int(id) * columns + j] += x[i * columns + j] }
        }
      }
      var result = [Float](repeating: 7, count: count * columns)
      func compute() -> [Float] {
        ck_gather_rows(&result, table, ids, Int64(count), Int64(rows), Int64(columns))
        var added = table
        ck_scatter_add_rows(&added, x, ids, Int64(count), Int64(rows), Int64(columns))
        return result + added
      }
      // Bit for bit: the order of the sums is part of the promise.
      #expect(compute() == gathered + sums)
      #expect(isIndependentOfThreads(compute))
    }

    @Test("One element of each row, and its gradient")
    func columns() {
      let x: [Float] = [1, 2, 3, 4, 5, 6]
      var taken: [Float] = [7, 7]
      ck_take_columns(&taken, x, [2, -1], 2, 3)
      #expect(taken == [3, 0])
      var dx = [Float](repeating: 7, count: 6)
      ck_take_columns_gradient(&dx, [8, 9], [2, 0], 2, 3)
      #expect(dx == [0, 0, 8, 9, 0, 0])
    }
  }
}
