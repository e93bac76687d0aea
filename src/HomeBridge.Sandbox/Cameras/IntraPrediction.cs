namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// Intra prediction of a square of one plane from the decoded pixels above and to the left of it: the
/// vertical, horizontal and DC modes of ISO/IEC 14496-10 8.3.3 (luma, 16) and 8.3.4 (chroma, 8).
/// </summary>
internal static class IntraPrediction
{
    /// <summary>Predicts in place: the square at <paramref name="at"/> gets the prediction.</summary>
    public static void Predict(
        IntraMode mode, byte[] plane, int at, int stride, int size, bool above, bool left)
    {
        switch (mode)
        {
            case IntraMode.Vertical:
                for (var y = 0; y < size; y++)
                {
                    plane.AsSpan(at - stride, size).CopyTo(plane.AsSpan(at + (y * stride)));
                }

                break;
            case IntraMode.Horizontal:
                for (var y = 0; y < size; y++)
                {
                    plane.AsSpan(at + (y * stride), size).Fill(plane[at + (y * stride) - 1]);
                }

                break;
            default:
                if (size == 16)
                {
                    Fill(plane, at, stride, 16, Mean(plane, at, at, stride, 16, above, left));
                }
                else
                {
                    PredictChromaDc(plane, at, stride, above, left);
                }

                break;
        }
    }

    /// <summary>
    /// Chooses the mode with the least sum of absolute differences; the modes that need missing pixels are
    /// left out.
    /// </summary>
    public static IntraMode Choose(
        ReadOnlySpan<byte> source, byte[] plane, int at, int stride, int size, bool above, bool left)
    {
        // DC is judged by the mean of the whole border, also for chroma: close enough to choose by.
        int mean = Mean(plane, at, at, stride, size, above, left);
        int vertical = 0, horizontal = 0, flat = 0;
        for (var y = 0; y < size; y++)
        {
            var row = source.Slice(at + (y * stride), size);
            var border = left ? plane[at + (y * stride) - 1] : 0;
            var top = above ? plane.AsSpan(at - stride, size) : row;
            for (var x = 0; x < row.Length; x++)
            {
                int value = row[x];
                vertical += Math.Abs(value - top[x]);
                horizontal += Math.Abs(value - border);
                flat += Math.Abs(value - mean);
            }
        }

        if (above && vertical <= flat && (!left || vertical <= horizontal))
        {
            return IntraMode.Vertical;
        }

        return left && horizontal < flat ? IntraMode.Horizontal : IntraMode.Dc;
    }

    /// <summary>
    /// 8.3.4.1-3: each 4x4 block has its own mean; off the diagonal one border is preferred.
    /// </summary>
    private static void PredictChromaDc(byte[] plane, int at, int stride, bool above, bool left)
    {
        var first = at;
        var second = at + 4;
        var third = at + (4 * stride);
        var fourth = third + 4;
        var topLeft = Mean(plane, first, first, stride, 4, above, left);
        var topRight = Mean(plane, second, first, stride, 4, above, left && !above);
        var bottomLeft = Mean(plane, first, third, stride, 4, above && !left, left);
        var bottomRight = Mean(plane, second, third, stride, 4, above, left);
        Fill(plane, first, stride, 4, topLeft);
        Fill(plane, second, stride, 4, topRight);
        Fill(plane, third, stride, 4, bottomLeft);
        Fill(plane, fourth, stride, 4, bottomRight);
    }

    /// <summary>
    /// The mean of the row above <paramref name="column"/> and the column left of <paramref name="row"/>. For
    /// chroma both start at the macroblock's border, which is why they are two positions.
    /// </summary>
    private static byte Mean(byte[] plane, int column, int row, int stride, int size, bool above, bool left)
    {
        var sum = 0;
        for (var i = 0; i < size; i++)
        {
            sum += above ? plane[column - stride + i] : 0;
            sum += left ? plane[row + (i * stride) - 1] : 0;
        }

        var count = (above ? size : 0) + (left ? size : 0);
        return count == 0 ? (byte)128 : (byte)((sum + (count / 2)) / count);
    }

    private static void Fill(byte[] plane, int at, int stride, int size, byte value)
    {
        for (var y = 0; y < size; y++)
        {
            plane.AsSpan(at + (y * stride), size).Fill(value);
        }
    }
}

/// <summary>
/// In the order of Intra16x16PredMode (table 8-4); chroma counts them otherwise (table 8-5).
/// </summary>
internal enum IntraMode
{
    Vertical,
    Horizontal,
    Dc,
}
