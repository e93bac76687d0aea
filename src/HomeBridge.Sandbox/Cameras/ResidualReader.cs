namespace HomeBridge.Sandbox.Cameras;

/// <summary>Reads one block of levels as residual_block_cavlc, ISO/IEC 14496-10 7.3.5.3.2 and 9.2.</summary>
internal static class ResidualReader
{
    private const int EscapePrefix = 15;

    /// <summary>Reads all levels of a block in scan order: 16, 15 or, for chroma DC, 4.</summary>
    /// <returns>The number of levels that aren't zero.</returns>
    public static int Read(BitReader bits, Span<int> levels, int context)
    {
        levels.Clear();
        var (total, ones) = VlcCodes.ReadCoeffToken(bits, context);
        if (total == 0)
        {
            return 0;
        }

        if (total > levels.Length || ones > Math.Min(total, 3))
        {
            throw new InvalidDataException("More levels than a block has.");
        }

        Span<int> values = stackalloc int[16];
        ReadLevels(bits, values[..total], ones);
        var zeros = total < levels.Length ? VlcCodes.ReadTotalZeros(bits, context == ResidualWriter.ChromaDc, total) : 0;
        var at = total + zeros - 1;
        if (at >= levels.Length)
        {
            throw new InvalidDataException("More zeros than a block has.");
        }

        for (var i = 0; i < total; i++)
        {
            levels[at] = values[i];
            var run = zeros > 0 && i < total - 1 ? VlcCodes.ReadRun(bits, zeros) : 0;
            zeros -= run;
            at -= 1 + run;
            if (zeros < 0)
            {
                throw new InvalidDataException("A run is longer than the zeros that are left.");
            }
        }

        return total;
    }

    /// <summary>9.2.2.1.</summary>
    private static void ReadLevels(BitReader bits, Span<int> values, int ones)
    {
        for (var i = 0; i < ones; i++)
        {
            values[i] = bits.Flag() ? -1 : 1;
        }

        var suffixLength = values.Length > 10 && ones < 3 ? 1 : 0;
        for (var i = ones; i < values.Length; i++)
        {
            var prefix = bits.Zeros();
            if (prefix > EscapePrefix)
            {
                throw new InvalidDataException("A level that Baseline doesn't have.");
            }

            var size = prefix == EscapePrefix ? 12 : prefix == 14 && suffixLength == 0 ? 4 : suffixLength;
            var code = (prefix << suffixLength) + (int)bits.Bits(size);
            code += prefix == EscapePrefix && suffixLength == 0 ? 15 : 0;
            code += i == ones && ones < 3 ? 2 : 0;
            values[i] = (code & 1) == 0 ? (code + 2) >> 1 : (-code - 1) >> 1;
            suffixLength = Math.Max(suffixLength, 1);
            if (Math.Abs(values[i]) > 3 << (suffixLength - 1) && suffixLength < 6)
            {
                suffixLength++;
            }
        }
    }
}
