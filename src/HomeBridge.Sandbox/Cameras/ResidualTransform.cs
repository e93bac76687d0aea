namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// The 4x4 transform of ISO/IEC 14496-10 8.5 and its forward counterpart, at one fixed quantization
/// parameter. The inverse side is the decoder's exact integer arithmetic, so the encoder knows every decoded
/// pixel.
/// </summary>
internal static class ResidualTransform
{
    /// <summary>QPY; below 30 the chroma parameter (table 8-15) is the same number.</summary>
    public const int QuantizationParameter = 21;

    private const int Shift = QuantizationParameter / 6;
    private const int ForwardBits = 15 + Shift;

    /// <summary>
    /// Rounding towards zero: a third for intra, a sixth for inter keeps stray coefficients away.
    /// </summary>
    private const int IntraRounding = (1 << ForwardBits) / 3;
    private const int InterRounding = (1 << ForwardBits) / 6;

    /// <summary>normAdjust4x4 of 8.5.9 and its forward factors, for this parameter modulo 6.</summary>
    private static readonly (int Even, int Odd, int Mixed)[] s_inverse =
        [(10, 16, 13), (11, 18, 14), (13, 20, 16), (14, 23, 18), (16, 25, 20), (18, 29, 23)];

    private static readonly (int Even, int Odd, int Mixed)[] s_forward =
        [(13107, 5243, 8066), (11916, 4660, 7490), (10082, 4194, 6554), (9362, 3647, 5825),
            (8192, 3355, 5243), (7282, 2893, 4559)];

    private static readonly int[] s_scale = ByPosition(s_inverse[QuantizationParameter % 6]);
    private static readonly int[] s_factor = ByPosition(s_forward[QuantizationParameter % 6]);

    /// <summary>Frame zig-zag, table 8-2: the raster position of each coefficient in scan order.</summary>
    public static ReadOnlySpan<byte> ZigZag => [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];

    public static void Forward(Span<int> block)
    {
        for (var i = 0; i < 4; i++)
        {
            Butterfly(block, i * 4, 1);
        }

        for (var i = 0; i < 4; i++)
        {
            Butterfly(block, i, 4);
        }

        static void Butterfly(Span<int> b, int at, int step)
        {
            var s03 = b[at] + b[at + (3 * step)];
            var d03 = b[at] - b[at + (3 * step)];
            var s12 = b[at + step] + b[at + (2 * step)];
            var d12 = b[at + step] - b[at + (2 * step)];
            b[at] = s03 + s12;
            b[at + step] = (2 * d03) + d12;
            b[at + (2 * step)] = s03 - s12;
            b[at + (3 * step)] = d03 - (2 * d12);
        }
    }

    /// <summary>
    /// Adds the inverse transform of scaled coefficients to the prediction in place, 8.5.12.
    /// </summary>
    public static void AddInverse(Span<int> block, Span<byte> pixels, int stride)
    {
        for (var i = 0; i < 4; i++)
        {
            Butterfly(block, i * 4, 1);
        }

        for (var i = 0; i < 4; i++)
        {
            Butterfly(block, i, 4);
        }

        for (var y = 0; y < 4; y++)
        {
            for (var x = 0; x < 4; x++)
            {
                ref var pixel = ref pixels[(y * stride) + x];
                pixel = (byte)Math.Clamp(pixel + ((block[(y * 4) + x] + 32) >> 6), 0, 255);
            }
        }

        static void Butterfly(Span<int> b, int at, int step)
        {
            var e0 = b[at] + b[at + (2 * step)];
            var e1 = b[at] - b[at + (2 * step)];
            var e2 = (b[at + step] >> 1) - b[at + (3 * step)];
            var e3 = b[at + step] + (b[at + (3 * step)] >> 1);
            b[at] = e0 + e3;
            b[at + step] = e1 + e2;
            b[at + (2 * step)] = e1 - e2;
            b[at + (3 * step)] = e0 - e3;
        }
    }

    /// <summary>Scales levels in scan order to coefficients, 8.5.12.1; all but DC if <paramref name="first"/> is 1.</summary>
    public static void Scale(ReadOnlySpan<int> levels, Span<int> block, int first)
    {
        for (var i = first; i < 16; i++)
        {
            var at = ZigZag[i];
            block[at] = levels[i - first] * s_scale[at] << Shift;
        }
    }

    /// <summary>The 4x4 DC coefficients of an Intra_16x16 macroblock from their levels, in raster order; 8.5.10.</summary>
    public static void ScaleLumaDc(ReadOnlySpan<int> levels, Span<int> dc)
    {
        for (var i = 0; i < 16; i++)
        {
            dc[ZigZag[i]] = levels[i];
        }

        Hadamard(dc);
        for (var i = 0; i < 16; i++)
        {
            // LevelScale is 16 times normAdjust for flat scaling matrices.
            dc[i] = ((dc[i] * 16 * s_scale[0]) + (1 << (5 - Shift))) >> (6 - Shift);
        }
    }

    /// <summary>
    /// Quantizes coefficients into levels in scan order and replaces them by what a decoder scales them back
    /// to. A <paramref name="first"/> of 1 leaves the DC coefficient alone, which is coded elsewhere.
    /// </summary>
    /// <returns>Whether any level isn't zero.</returns>
    public static bool Quantize(Span<int> block, Span<int> levels, int first, bool intra)
    {
        var rounding = intra ? IntraRounding : InterRounding;
        var any = 0;
        for (var i = first; i < 16; i++)
        {
            var at = ZigZag[i];
            var level = Level(block[at], s_factor[at], rounding, ForwardBits);
            levels[i - first] = level;
            block[at] = level * s_scale[at] << Shift;
            any |= level;
        }

        return any != 0;
    }

    /// <summary>The 4x4 DC coefficients of an Intra_16x16 macroblock, in raster order; 8.5.10.</summary>
    public static void QuantizeLumaDc(Span<int> dc, Span<int> levels)
    {
        Hadamard(dc);
        for (var i = 0; i < 16; i++)
        {
            var at = ZigZag[i];
            levels[i] = Level((dc[at] + 1) >> 1, s_factor[0], 2 * IntraRounding, ForwardBits + 1);
        }

        ScaleLumaDc(levels, dc);
    }

    /// <summary>The four DC coefficients of one chroma component; 8.5.11.</summary>
    public static bool QuantizeChromaDc(Span<int> dc, Span<int> levels, bool intra)
    {
        var rounding = 2 * (intra ? IntraRounding : InterRounding);
        Square(dc);
        var any = 0;
        for (var i = 0; i < 4; i++)
        {
            levels[i] = Level(dc[i], s_factor[0], rounding, ForwardBits + 1);
            dc[i] = levels[i];
            any |= levels[i];
        }

        Square(dc);
        for (var i = 0; i < 4; i++)
        {
            dc[i] = ((dc[i] * 16 * s_scale[0]) << Shift) >> 5;
        }

        return any != 0;

        static void Square(Span<int> c)
        {
            var (a, b, d, e) = (c[0] + c[1], c[0] - c[1], c[2] + c[3], c[2] - c[3]);
            (c[0], c[1], c[2], c[3]) = (a + d, b + e, a - d, b - e);
        }
    }

    private static int Level(int value, int factor, int rounding, int bits)
    {
        var level = (int)((((long)Math.Abs(value) * factor) + rounding) >> bits);
        return value < 0 ? -level : level;
    }

    private static void Hadamard(Span<int> b)
    {
        for (var pass = 0; pass < 2; pass++)
        {
            var step = pass == 0 ? 1 : 4;
            for (var i = 0; i < 4; i++)
            {
                var at = pass == 0 ? i * 4 : i;
                var s01 = b[at] + b[at + step];
                var d01 = b[at] - b[at + step];
                var s23 = b[at + (2 * step)] + b[at + (3 * step)];
                var d23 = b[at + (2 * step)] - b[at + (3 * step)];
                b[at] = s01 + s23;
                b[at + step] = s01 - s23;
                b[at + (2 * step)] = d01 - d23;
                b[at + (3 * step)] = d01 + d23;
            }
        }
    }

    private static int[] ByPosition((int Even, int Odd, int Mixed) values)
    {
        var positions = new int[16];
        for (var i = 0; i < 16; i++)
        {
            positions[i] = ((i & 1) + ((i >> 2) & 1)) switch
            {
                0 => values.Even,
                2 => values.Odd,
                _ => values.Mixed,
            };
        }

        return positions;
    }
}
