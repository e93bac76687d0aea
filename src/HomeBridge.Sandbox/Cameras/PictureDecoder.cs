namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// Decodes the luma of what <see cref="PictureCoder"/> writes, and nothing else: any other choice that a coder may make
/// is an <see cref="InvalidDataException"/>. Chroma is read over.
/// </summary>
internal sealed class PictureDecoder
{
    private const int IdrSlice = 5;
    private const int OtherSlice = 1;

    private readonly int[] _dcLevels = new int[16];
    private readonly int[] _dc = new int[16];
    private readonly int[] _levels = new int[16];
    private readonly int[] _coefficients = new int[16];
    private readonly CoefficientCounts _counts = new(YuvPicture.Width / 4, YuvPicture.CodedHeight / 4);
    private readonly CoefficientCounts[] _chroma =
    [
        new(YuvPicture.ChromaWidth / 4, YuvPicture.ChromaHeight / 4),
        new(YuvPicture.ChromaWidth / 4, YuvPicture.ChromaHeight / 4),
    ];

    /// <summary>The picture decoded last; a P picture changes it in place.</summary>
    public byte[] Luma { get; } = new byte[YuvPicture.Width * YuvPicture.CodedHeight];

    /// <summary>Decodes one NAL unit, which is one picture.</summary>
    public void Decode(ReadOnlySpan<byte> nal)
    {
        var type = nal.Length > 1 ? nal[0] & 31 : 0;
        Expect(type is IdrSlice or OtherSlice);
        var bits = new BitReader(nal[1..]);
        var intra = type == IdrSlice;
        Expect(bits.Unsigned() == 0); // first_mb_in_slice
        Expect(bits.Unsigned() == (intra ? 7 : 5)); // slice_type
        Expect(bits.Unsigned() == 0); // pic_parameter_set_id
        bits.Skip(ParameterSets.FrameNumberBits);
        if (intra)
        {
            bits.Unsigned(); // idr_pic_id
            bits.Skip(2);
        }
        else
        {
            Expect(bits.Bits(3) == 0); // no other reference than the picture before
        }

        Expect(bits.Signed() == 0); // slice_qp_delta
        Expect(bits.Unsigned() == 1); // disable_deblocking_filter_idc
        _counts.Clear();
        _chroma[0].Clear();
        _chroma[1].Clear();
        if (intra)
        {
            IntraMacroblocks(bits);
        }
        else
        {
            InterMacroblocks(bits);
        }
    }

    private void IntraMacroblocks(BitReader bits)
    {
        for (var row = 0; row < YuvPicture.MacroblockRows; row++)
        {
            for (var column = 0; column < YuvPicture.MacroblockColumns; column++)
            {
                var type = bits.Unsigned() - 1;
                Expect(type is >= 0 and < 24 && type % 4 <= (int)IntraMode.Dc);
                bits.Unsigned(); // intra_chroma_pred_mode
                Expect(bits.Signed() == 0); // mb_qp_delta
                var at = MacroblockCoder.LumaAt(column, row, 0, 0);
                IntraPrediction.Predict((IntraMode)(type % 4), Luma, at, YuvPicture.Width, 16, row > 0, column > 0);
                ResidualReader.Read(bits, _dcLevels, _counts.Context(4 * column, 4 * row));
                ResidualTransform.ScaleLumaDc(_dcLevels, _dc);
                LumaResidual(bits, column, row, type >= 12 ? 15 : 0, intra: true);
                ChromaResidual(bits, column, row, type / 4 % 3);
            }
        }
    }

    private void InterMacroblocks(BitReader bits)
    {
        const int macroblocks = YuvPicture.MacroblockColumns * YuvPicture.MacroblockRows;
        for (var macroblock = 0; macroblock < macroblocks && bits.More; macroblock++)
        {
            macroblock += bits.Unsigned(); // mb_skip_run
            if (macroblock >= macroblocks || !bits.More)
            {
                break;
            }

            Expect(bits.Unsigned() == 0); // mb_type: P_L0_16x16
            Expect(bits.Signed() == 0 && bits.Signed() == 0); // mvd_l0
            var code = bits.Unsigned();
            var pattern = code <= byte.MaxValue ? PictureCoder.InterPatternCode.IndexOf((byte)code) : -1;
            Expect(pattern > 0);
            Expect(bits.Signed() == 0); // mb_qp_delta
            var (column, row) = (macroblock % YuvPicture.MacroblockColumns, macroblock / YuvPicture.MacroblockColumns);
            LumaResidual(bits, column, row, pattern & 15, intra: false);
            ChromaResidual(bits, column, row, pattern >> 4);
        }
    }

    private void LumaResidual(BitReader bits, int column, int row, int pattern, bool intra)
    {
        for (var block = 0; block < 16; block++)
        {
            var (x, y) = MacroblockCoder.Place(block);
            var count = 0;
            if ((pattern & (1 << (block >> 2))) != 0)
            {
                count = ResidualReader.Read(bits, _levels.AsSpan(0, intra ? 15 : 16), _counts.Context((4 * column) + x, (4 * row) + y));
            }

            _counts.Set((4 * column) + x, (4 * row) + y, count);
            if (count == 0)
            {
                Array.Clear(_coefficients);
            }
            else
            {
                ResidualTransform.Scale(_levels, _coefficients, intra ? 1 : 0);
            }

            _coefficients[0] = intra ? _dc[(y * 4) + x] : _coefficients[0];
            if (count > 0 || _coefficients[0] != 0)
            {
                ResidualTransform.AddInverse(_coefficients, Luma.AsSpan(MacroblockCoder.LumaAt(column, row, x, y)), YuvPicture.Width);
            }
        }
    }

    /// <summary>Read only because what follows stands behind it.</summary>
    private void ChromaResidual(BitReader bits, int column, int row, int pattern)
    {
        for (var component = 0; component < 2 && pattern > 0; component++)
        {
            ResidualReader.Read(bits, _levels.AsSpan(0, 4), ResidualWriter.ChromaDc);
        }

        for (var block = 0; block < 8 && pattern == 2; block++)
        {
            var counts = _chroma[block / 4];
            var (x, y) = ((2 * column) + (block & 1), (2 * row) + ((block >> 1) & 1));
            counts.Set(x, y, ResidualReader.Read(bits, _levels.AsSpan(0, 15), counts.Context(x, y)));
        }
    }

    private static void Expect(bool so)
    {
        if (!so)
        {
            throw new InvalidDataException("Not what the sandbox's own coder writes.");
        }
    }
}
