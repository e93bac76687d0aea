using HomeBridge.Streaming;

namespace HomeBridge.Tests.Sandbox.Cameras;

public sealed class BlockCodeTests
{
    [Theory]
    [MemberData(nameof(Vectors))]
    public void The_documented_vectors_are_what_is_drawn(int number, uint frame, string first, string second)
    {
        var bits = BlockCode.Encode((ushort)number, frame);

        Assert.Equal(first, Row(bits, 0));
        Assert.Equal(second, Row(bits, 1));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, 0x12345678)]
    [InlineData(65535, uint.MaxValue)]
    public void A_drawn_code_is_read(int number, uint frame)
    {
        Assert.True(BlockCode.TryRead(Draw((ushort)number, frame), 640, 360, 640, out var code));

        Assert.Equal(new BlockCode((ushort)number, frame), code);
    }

    [Fact]
    public void A_wrong_cell_anywhere_is_refused()
    {
        for (var cell = 0; cell < BlockCode.Columns * BlockCode.Rows; cell++)
        {
            var luma = Draw(7, 0x12345678, (cell % BlockCode.Columns, cell / BlockCode.Columns));

            Assert.False(BlockCode.TryRead(luma, 640, 360, 640, out _), $"cell {cell}");
        }
    }

    [Fact]
    public void A_picture_without_a_code_is_refused()
    {
        var gray = new byte[640 * 360];
        Array.Fill(gray, (byte)90);

        Assert.False(BlockCode.TryRead(gray, 640, 360, 640, out _));
        Assert.False(BlockCode.TryRead(new byte[640 * 360], 640, 360, 640, out _));
    }

    [Fact]
    public void A_mirrored_or_turned_picture_is_refused()
    {
        var luma = Draw(7, 0x12345678);
        var mirrored = luma.Chunk(640).SelectMany(row => row.Reverse()).ToArray();
        var turned = luma.Reverse().ToArray();

        Assert.False(BlockCode.TryRead(mirrored, 640, 360, 640, out _));
        Assert.False(BlockCode.TryRead(turned, 640, 360, 640, out _));
    }

    [Fact]
    public void A_buffer_smaller_than_its_size_says_is_refused()
    {
        var luma = Draw(7, 1);

        Assert.False(BlockCode.TryRead(luma.AsSpan(1), 640, 360, 640, out _));
        Assert.False(BlockCode.TryRead(luma, 640, 360, 639, out _));
        Assert.False(BlockCode.TryRead(luma, 16, 9, 640, out _));
    }

    [Fact]
    public void A_picture_with_a_longer_stride_and_less_contrast_is_read()
    {
        var luma = Draw(7, 0x12345678).Chunk(640)
            .SelectMany(row => row.Select(value => (byte)(60 + (value / 3))).Concat(new byte[32])).ToArray();

        Assert.True(BlockCode.TryRead(luma, 640, 360, 672, out var code));
        Assert.Equal(new BlockCode(7, 0x12345678), code);
    }

    public static TheoryData<int, uint, string, string> Vectors() => new()
    {
        { 1, 0, "1011000000000000000100000000000000000010",
            "0100000000000000000010100100010000011101" },
        { 7, 0x12345678, "1011000000000000011100010010001101000010",
            "0100010101100111100011011101111010001101" },
    };

    private static string Row(ulong bits, int row) => string.Concat(
        Enumerable.Range(0, BlockCode.Columns)
            .Select(column => BlockCode.IsWhite(bits, column, row) ? '1' : '0'));

    private static byte[] Draw(ushort number, uint frame, (int Column, int Row)? wrong = null)
    {
        var luma = new byte[640 * 360];
        var bits = BlockCode.Encode(number, frame);
        for (var y = 320; y < 352; y++)
        {
            for (var x = 0; x < 640; x++)
            {
                var cell = (x / 16, (y - 320) / 16);
                var white = BlockCode.IsWhite(bits, cell.Item1, cell.Item2) != (cell == wrong);
                luma[(y * 640) + x] = white ? (byte)235 : (byte)16;
            }
        }

        return luma;
    }
}
