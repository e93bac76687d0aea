namespace HomeBridge.Sandbox.Cameras;

/// <summary>Writes one block of levels as residual_block_cavlc, ISO/IEC 14496-10 7.3.5.3.2 and 9.2.</summary>
internal static class ResidualWriter
{
    /// <summary>The context of a chroma DC block.</summary>
    public const int ChromaDc = -1;

    /// <summary>
    /// Writes all levels of a block in scan order: 16, 15 or, for chroma DC, 4. The context is nC, made of
    /// the neighbours' coefficient counts.
    /// </summary>
    /// <returns>The number of levels that aren't zero.</returns>
    public static int Write(BitWriter bits, ReadOnlySpan<int> levels, int context)
    {
        // From the highest frequency down; runs[i] counts the zeros just below level i.
        Span<int> values = stackalloc int[16];
        Span<int> runs = stackalloc int[16];
        var total = 0;
        var zeros = 0;
        for (var i = levels.Length - 1; i >= 0; i--)
        {
            if (levels[i] != 0)
            {
                values[total] = levels[i];
                runs[total++] = 0;
            }
            else if (total > 0)
            {
                runs[total - 1]++;
                zeros++;
            }
        }

        var ones = 0;
        while (ones < Math.Min(total, 3) && values[ones] is 1 or -1)
        {
            ones++;
        }

        VlcCodes.CoeffToken(context, total, ones).Write(bits);
        if (total == 0)
        {
            return 0;
        }

        WriteLevels(bits, values[..total], ones);
        if (total < levels.Length)
        {
            VlcCodes.TotalZeros(context == ChromaDc, total, zeros).Write(bits);
        }

        for (var i = 0; i < total - 1 && zeros > 0; i++)
        {
            VlcCodes.RunOf(zeros, runs[i]).Write(bits);
            zeros -= runs[i];
        }

        return total;
    }

    /// <summary>
    /// The signs of the trailing ones, then level_prefix and level_suffix of the rest: 9.2.2.1.
    /// </summary>
    private static void WriteLevels(BitWriter bits, ReadOnlySpan<int> values, int ones)
    {
        for (var i = 0; i < ones; i++)
        {
            bits.Flag(values[i] < 0);
        }

        var suffixLength = values.Length > 10 && ones < 3 ? 1 : 0;
        for (var i = ones; i < values.Length; i++)
        {
            var magnitude = Math.Abs(values[i]);
            var code = (2 * magnitude) - (values[i] > 0 ? 2 : 1);
            if (i == ones && ones < 3)
            {
                // A level after fewer than three ones is more than a one, so the code starts there.
                code -= 2;
            }

            WriteLevel(bits, code, suffixLength);
            suffixLength = Math.Max(suffixLength, 1);
            if (magnitude > 3 << (suffixLength - 1) && suffixLength < 6)
            {
                suffixLength++;
            }
        }
    }

    private static void WriteLevel(BitWriter bits, int code, int suffixLength)
    {
        if (suffixLength == 0 && code is >= 14 and < 30)
        {
            bits.Bits(1, 15);
            bits.Bits((uint)(code - 14), 4);
            return;
        }

        var escape = suffixLength == 0 ? 30 : 15 << suffixLength;
        if (code >= escape)
        {
            bits.Bits(1, 16);
            bits.Bits((uint)(code - escape), 12);
            return;
        }

        bits.Bits(1, (code >> suffixLength) + 1);
        bits.Bits((uint)(code & ((1 << suffixLength) - 1)), suffixLength);
    }
}
