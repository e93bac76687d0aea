namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// Transforms, quantizes and reconstructs the residual of one macroblock and writes its levels. The picture
/// it works on holds the prediction before, and what a decoder will show after.
/// </summary>
internal sealed class MacroblockCoder(YuvPicture source, YuvPicture decoded)
{
    private readonly int[] _coefficients = new int[24 * 16];
    private readonly int[] _levels = new int[24 * 16];
    private readonly bool[] _coded = new bool[24];
    private readonly int[] _dc = new int[16];
    private readonly int[] _lumaDcLevels = new int[16];
    private readonly int[] _chromaDcLevels = new int[8];
    private readonly CoefficientCounts _luma = new(YuvPicture.Width / 4, YuvPicture.CodedHeight / 4);
    private readonly CoefficientCounts[] _chroma =
    [
        new(YuvPicture.ChromaWidth / 4, YuvPicture.ChromaHeight / 4),
        new(YuvPicture.ChromaWidth / 4, YuvPicture.ChromaHeight / 4),
    ];

    /// <summary>CodedBlockPatternLuma: a bit for each 8x8 quarter that has levels.</summary>
    public int LumaPattern { get; private set; }

    /// <summary>CodedBlockPatternChroma: 1 for DC only, 2 for DC and AC.</summary>
    public int ChromaPattern { get; private set; }

    /// <summary>4x4 luma blocks in coding order (figure 6-10) are a Z in a Z.</summary>
    public static (int X, int Y) Place(int block) =>
        ((block & 1) | ((block >> 1) & 2), ((block >> 1) & 1) | ((block >> 2) & 2));

    public void BeginPicture()
    {
        _luma.Clear();
        _chroma[0].Clear();
        _chroma[1].Clear();
    }

    /// <summary>Codes the luma residual of an Intra_16x16 or a P_L0_16x16 macroblock.</summary>
    public void CodeLuma(int column, int row, bool intra)
    {
        LumaPattern = 0;
        var first = intra ? 1 : 0;
        for (var block = 0; block < 16; block++)
        {
            var (x, y) = Place(block);
            var coefficients = Coefficients(block);
            Subtract(coefficients, source.Luma, decoded.Luma, LumaAt(column, row, x, y), YuvPicture.Width);
            ResidualTransform.Forward(coefficients);
            _coded[block] = ResidualTransform.Quantize(coefficients, Levels(block), first, intra);
            LumaPattern |= _coded[block] ? 1 << (block >> 2) : 0;
            _dc[(y * 4) + x] = coefficients[0];
        }

        if (intra)
        {
            LumaPattern = LumaPattern == 0 ? 0 : 15;
            ResidualTransform.QuantizeLumaDc(_dc, _lumaDcLevels);
        }

        for (var block = 0; block < 16; block++)
        {
            var (x, y) = Place(block);
            var coefficients = Coefficients(block);
            coefficients[0] = intra ? _dc[(y * 4) + x] : coefficients[0];
            if (_coded[block] || (intra && coefficients[0] != 0))
            {
                var pixels = decoded.Luma.AsSpan(LumaAt(column, row, x, y));
                ResidualTransform.AddInverse(coefficients, pixels, YuvPicture.Width);
            }
        }
    }

    /// <summary>Codes the residual of both chroma components.</summary>
    public void CodeChroma(int column, int row, bool intra)
    {
        ChromaPattern = 0;
        for (var component = 0; component < 2; component++)
        {
            var from = component == 0 ? source.Cb : source.Cr;
            var to = component == 0 ? decoded.Cb : decoded.Cr;
            for (var part = 0; part < 4; part++)
            {
                var block = 16 + (4 * component) + part;
                var coefficients = Coefficients(block);
                Subtract(coefficients, from, to, ChromaAt(column, row, part), YuvPicture.ChromaWidth);
                ResidualTransform.Forward(coefficients);
                _coded[block] = ResidualTransform.Quantize(coefficients, Levels(block), 1, intra);
                ChromaPattern = _coded[block] ? 2 : ChromaPattern;
                _dc[part] = coefficients[0];
            }

            var dcLevels = _chromaDcLevels.AsSpan(4 * component, 4);
            if (ResidualTransform.QuantizeChromaDc(_dc.AsSpan(0, 4), dcLevels, intra))
            {
                ChromaPattern = Math.Max(ChromaPattern, 1);
            }

            for (var part = 0; part < 4; part++)
            {
                var block = 16 + (4 * component) + part;
                var coefficients = Coefficients(block);
                coefficients[0] = _dc[part];
                if (_coded[block] || coefficients[0] != 0)
                {
                    var pixels = to.AsSpan(ChromaAt(column, row, part));
                    ResidualTransform.AddInverse(coefficients, pixels, YuvPicture.ChromaWidth);
                }
            }
        }
    }

    /// <summary>residual(), 7.3.5.3.</summary>
    public void WriteLevels(BitWriter bits, int column, int row, bool intra)
    {
        if (intra)
        {
            ResidualWriter.Write(bits, _lumaDcLevels, _luma.Context(4 * column, 4 * row));
        }

        for (var block = 0; block < 16; block++)
        {
            var (x, y) = Place(block);
            var count = (LumaPattern & (1 << (block >> 2))) == 0
                ? 0
                : ResidualWriter.Write(bits, Levels(block)[..(intra ? 15 : 16)],
                    _luma.Context((4 * column) + x, (4 * row) + y));
            _luma.Set((4 * column) + x, (4 * row) + y, count);
        }

        for (var component = 0; component < 2 && ChromaPattern > 0; component++)
        {
            ResidualWriter.Write(bits, _chromaDcLevels.AsSpan(4 * component, 4), ResidualWriter.ChromaDc);
        }

        for (var block = 16; block < 24 && ChromaPattern == 2; block++)
        {
            var counts = _chroma[(block - 16) / 4];
            var (x, y) = ((2 * column) + (block & 1), (2 * row) + ((block >> 1) & 1));
            counts.Set(x, y, ResidualWriter.Write(bits, Levels(block)[..15], counts.Context(x, y)));
        }
    }

    public static int LumaAt(int column, int row, int x, int y) =>
        (((16 * row) + (4 * y)) * YuvPicture.Width) + (16 * column) + (4 * x);

    private static int ChromaAt(int column, int row, int part) =>
        (((8 * row) + (4 * (part >> 1))) * YuvPicture.ChromaWidth) + (8 * column) + (4 * (part & 1));

    private static void Subtract(Span<int> difference, byte[] source, byte[] prediction, int at, int stride)
    {
        for (var y = 0; y < 4; y++)
        {
            var wanted = source.AsSpan(at + (y * stride), 4);
            var given = prediction.AsSpan(at + (y * stride), 4);
            for (var x = 0; x < 4; x++)
            {
                difference[(4 * y) + x] = wanted[x] - given[x];
            }
        }
    }

    private Span<int> Coefficients(int block) => _coefficients.AsSpan(16 * block, 16);

    private Span<int> Levels(int block) => _levels.AsSpan(16 * block, 16);
}
