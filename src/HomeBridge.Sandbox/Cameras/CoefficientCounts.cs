namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// How many coefficients each 4x4 block of a plane has in the picture being coded: the context nC of the
/// blocks to its right and below (ISO/IEC 14496-10 9.2.1). A skipped macroblock counts zero.
/// </summary>
internal sealed class CoefficientCounts(int columns, int rows)
{
    private readonly byte[] _counts = new byte[columns * rows];

    public void Clear() => Array.Clear(_counts);

    public void Set(int column, int row, int count) => _counts[(row * columns) + column] = (byte)count;

    public int Context(int column, int row)
    {
        var at = (row * columns) + column;
        return (column > 0, row > 0) switch
        {
            (true, true) => (_counts[at - 1] + _counts[at - columns] + 1) >> 1,
            (true, false) => _counts[at - 1],
            (false, true) => _counts[at - columns],
            _ => 0,
        };
    }
}
