namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// Codes the pictures of one unit: an IDR picture of Intra_16x16 macroblocks, then P pictures in which a
/// macroblock is skipped or coded against the same place of the picture before. All motion vectors are zero,
/// so P_Skip repeats pixels exactly, and the decoded picture is updated in place. Deblocking is off: pixels
/// are what was coded.
/// </summary>
internal sealed class PictureCoder
{
    /// <summary>Table 9-4, inter column, turned round: codeNum of each coded_block_pattern.</summary>
    public static ReadOnlySpan<byte> InterPatternCode =>
    [
        0, 2, 3, 7, 4, 8, 17, 13, 5, 18, 9, 14, 10, 15, 16, 11,
        1, 32, 33, 36, 34, 37, 44, 40, 35, 45, 38, 41, 39, 42, 43, 19,
        6, 24, 25, 20, 26, 21, 46, 28, 27, 47, 22, 29, 23, 30, 31, 12,
    ];

    private readonly YuvPicture _source;
    private readonly YuvPicture _decoded = new();
    private readonly MacroblockCoder _coder;
    private readonly BitWriter _bits = new(64 * 1024);

    public PictureCoder(YuvPicture source)
    {
        _source = source;
        _coder = new MacroblockCoder(source, _decoded);
    }

    /// <summary>
    /// Appends the access unit as one length-prefixed NAL unit (ISO/IEC 14496-15 5.3). Frame 0 is the IDR
    /// picture that a unit begins with; <paramref name="idrId"/> must differ between neighbouring IDR
    /// pictures (7.4.3).
    /// </summary>
    public void Append(ByteWriter target, int frameNumber, int idrId)
    {
        var intra = frameNumber == 0;
        _bits.Clear();
        _coder.BeginPicture();
        WriteSliceHeader(frameNumber, idrId);
        if (intra)
        {
            WriteIntraMacroblocks();
        }
        else
        {
            WriteInterMacroblocks();
        }

        Array.Clear(_source.Touched);
        _bits.TrailingBits();
        var start = target.Length;
        target.UInt32(0);
        _bits.AppendNalUnit(target, intra ? (byte)0x65 : (byte)0x61);
        target.Patch(start, (uint)(target.Length - start - 4));
    }

    /// <summary>7.3.3.</summary>
    private void WriteSliceHeader(int frameNumber, int idrId)
    {
        var intra = frameNumber == 0;
        _bits.Unsigned(0); // first_mb_in_slice
        _bits.Unsigned(intra ? 7u : 5u); // slice_type: all slices of the picture are I or P
        _bits.Unsigned(0); // pic_parameter_set_id
        _bits.Bits((uint)frameNumber, ParameterSets.FrameNumberBits);
        if (intra)
        {
            _bits.Unsigned((uint)idrId);
            _bits.Flag(false); // no_output_of_prior_pics
            _bits.Flag(false); // long_term_reference
        }
        else
        {
            _bits.Flag(false); // num_ref_idx_active_override
            _bits.Flag(false); // ref_pic_list_modification_l0
            _bits.Flag(false); // adaptive_ref_pic_marking_mode
        }

        _bits.Signed(0); // slice_qp_delta
        _bits.Unsigned(1); // disable_deblocking_filter_idc
    }

    private void WriteIntraMacroblocks()
    {
        for (var row = 0; row < YuvPicture.MacroblockRows; row++)
        {
            for (var column = 0; column < YuvPicture.MacroblockColumns; column++)
            {
                var at = (16 * row * YuvPicture.Width) + (16 * column);
                var (above, left) = (row > 0, column > 0);
                var mode = IntraPrediction.Choose(
                    _source.Luma, _decoded.Luma, at, YuvPicture.Width, 16, above, left);
                IntraPrediction.Predict(mode, _decoded.Luma, at, YuvPicture.Width, 16, above, left);
                _coder.CodeLuma(column, row, intra: true);

                at = (8 * row * YuvPicture.ChromaWidth) + (8 * column);
                var chromaMode = IntraPrediction.Choose(
                    _source.Cb, _decoded.Cb, at, YuvPicture.ChromaWidth, 8, above, left);
                IntraPrediction.Predict(chromaMode, _decoded.Cb, at, YuvPicture.ChromaWidth, 8, above, left);
                IntraPrediction.Predict(chromaMode, _decoded.Cr, at, YuvPicture.ChromaWidth, 8, above, left);
                _coder.CodeChroma(column, row, intra: true);

                // mb_type, table 7-11: mode and both patterns in one number.
                var lumaCoded = _coder.LumaPattern > 0 ? 12 : 0;
                _bits.Unsigned((uint)(1 + (int)mode + (4 * _coder.ChromaPattern) + lumaCoded));
                _bits.Unsigned(chromaMode switch
                {
                    IntraMode.Dc => 0u,
                    IntraMode.Horizontal => 1u,
                    _ => 2u,
                });
                _bits.Signed(0); // mb_qp_delta
                _coder.WriteLevels(_bits, column, row, intra: true);
            }
        }
    }

    private void WriteInterMacroblocks()
    {
        var skipped = 0u;
        for (var macroblock = 0; macroblock < _source.Touched.Length; macroblock++)
        {
            var row = macroblock / YuvPicture.MacroblockColumns;
            var column = macroblock % YuvPicture.MacroblockColumns;
            var pattern = _source.Touched[macroblock] ? CodeInter(column, row) : 0;
            if (pattern == 0)
            {
                skipped++;
                continue;
            }

            _bits.Unsigned(skipped); // mb_skip_run
            skipped = 0;
            _bits.Unsigned(0); // mb_type: P_L0_16x16
            _bits.Signed(0); // mvd_l0
            _bits.Signed(0);
            _bits.Unsigned(InterPatternCode[pattern]);
            _bits.Signed(0); // mb_qp_delta
            _coder.WriteLevels(_bits, column, row, intra: false);
        }

        if (skipped > 0)
        {
            _bits.Unsigned(skipped);
        }
    }

    private int CodeInter(int column, int row)
    {
        _coder.CodeLuma(column, row, intra: false);
        _coder.CodeChroma(column, row, intra: false);
        return _coder.LumaPattern | (_coder.ChromaPattern << 4);
    }
}
