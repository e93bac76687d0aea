namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// The sequence and picture parameter set of every sandbox camera: Constrained Baseline, level 3, one
/// reference picture, CAVLC, output order equal to decoding order (so a player needs no reordering delay).
/// </summary>
internal static class ParameterSets
{
    public const byte Profile = 66;
    public const byte Constraints = 0xC0;
    public const byte Level = 30;

    /// <summary>frame_num counts modulo this power of two; a unit has 20 frames.</summary>
    public const int FrameNumberBits = 5;

    /// <summary>
    /// 7.3.2.1 with the VUI of annex E: square samples, BT.709 limited range, fixed 10 frames/s.
    /// </summary>
    public static byte[] Sequence()
    {
        var bits = new BitWriter(64);
        bits.Bits(Profile, 8);
        bits.Bits(Constraints, 8);
        bits.Bits(Level, 8);
        bits.Unsigned(0); // seq_parameter_set_id
        bits.Unsigned(FrameNumberBits - 4);
        bits.Unsigned(2); // pic_order_cnt_type 2: output order is decoding order
        bits.Unsigned(1); // max_num_ref_frames
        bits.Flag(false); // gaps_in_frame_num_value_allowed
        bits.Unsigned(YuvPicture.MacroblockColumns - 1);
        bits.Unsigned(YuvPicture.MacroblockRows - 1);
        bits.Flag(true); // frame_mbs_only
        bits.Flag(true); // direct_8x8_inference
        bits.Flag(true); // frame_cropping
        bits.Unsigned(0);
        bits.Unsigned(0);
        bits.Unsigned(0);
        bits.Unsigned((YuvPicture.CodedHeight - YuvPicture.Height) / 2);
        bits.Flag(true); // vui_parameters_present
        bits.Flag(true);
        bits.Bits(1, 8); // aspect_ratio_idc: square
        bits.Flag(false); // overscan_info_present
        bits.Flag(true); // video_signal_type_present
        bits.Bits(5, 3); // video_format: unspecified
        bits.Flag(false); // video_full_range
        bits.Flag(true); // colour_description_present: BT.709 three times
        bits.Bits(1, 8);
        bits.Bits(1, 8);
        bits.Bits(1, 8);
        bits.Flag(false); // chroma_loc_info_present
        bits.Flag(true); // timing_info_present
        bits.Bits(1, 32);
        bits.Bits(2 * CameraEncoder.FramesPerSecond, 32);
        bits.Flag(true); // fixed_frame_rate
        bits.Flag(false); // nal_hrd_parameters_present
        bits.Flag(false); // vcl_hrd_parameters_present
        bits.Flag(false); // pic_struct_present
        bits.Flag(true); // bitstream_restriction
        bits.Flag(true); // motion_vectors_over_pic_boundaries
        bits.Unsigned(0); // max_bytes_per_pic_denom: no limit stated
        bits.Unsigned(0); // max_bits_per_mb_denom: no limit stated
        bits.Unsigned(10);
        bits.Unsigned(10);
        bits.Unsigned(0); // max_num_reorder_frames
        bits.Unsigned(1); // max_dec_frame_buffering
        return NalUnit(bits, 0x67);
    }

    /// <summary>7.3.2.2: the deblocking filter is controlled per slice, where it is switched off.</summary>
    public static byte[] Picture()
    {
        var bits = new BitWriter(16);
        bits.Unsigned(0); // pic_parameter_set_id
        bits.Unsigned(0); // seq_parameter_set_id
        bits.Flag(false); // entropy_coding_mode: CAVLC
        bits.Flag(false); // bottom_field_pic_order_in_frame_present
        bits.Unsigned(0); // num_slice_groups_minus1
        bits.Unsigned(0); // num_ref_idx_l0_default_active_minus1
        bits.Unsigned(0); // num_ref_idx_l1_default_active_minus1
        bits.Flag(false); // weighted_pred
        bits.Bits(0, 2); // weighted_bipred_idc
        bits.Signed(ResidualTransform.QuantizationParameter - 26);
        bits.Signed(0); // pic_init_qs
        bits.Signed(0); // chroma_qp_index_offset
        bits.Flag(true); // deblocking_filter_control_present
        bits.Flag(false); // constrained_intra_pred
        bits.Flag(false); // redundant_pic_cnt_present
        return NalUnit(bits, 0x68);
    }

    private static byte[] NalUnit(BitWriter bits, byte header)
    {
        bits.TrailingBits();
        var bytes = new ByteWriter(64);
        bits.AppendNalUnit(bytes, header);
        return bytes.ToArray();
    }
}
