using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace HomeBridge.Streaming;

/// <summary>
/// The code in the bottom strip of every sandbox picture, which a test reads from the pixels to know which
/// camera and which frame a viewer sees. The layout is documented for other readers in
/// contracts/camera-block-code.md.
/// </summary>
/// <param name="Number">The camera's number.</param>
/// <param name="Frame">The low 32 bits of the camera's frame counter.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BlockCode(ushort Number, uint Frame)
{
    /// <summary>Cells in a row, over the full width of the picture.</summary>
    public const int Columns = 40;

    /// <summary>Rows of cells.</summary>
    public const int Rows = 2;

    /// <summary>Cells at each end of a row which never change.</summary>
    public const int FinderColumns = 4;

    /// <summary>The strip's top edge and the height of a cell, in 360ths of the picture's height.</summary>
    private const int Top = 320;
    private const int CellHeight = 16;
    private const int HeightParts = 360;

    /// <summary>Fewer pixels than this and a cell's centre can't be told from its edge.</summary>
    private const int MinimumWidth = 120;
    private const int MinimumHeight = 68;

    /// <summary>The least difference of luma between white and black finder cells.</summary>
    private const int MinimumContrast = 48;

    private const int DataColumns = Columns - (2 * FinderColumns);

    private static ReadOnlySpan<byte> LeftFinders => [0b1011, 0b0100];

    private static ReadOnlySpan<byte> RightFinders => [0b0010, 0b1101];

    /// <summary>The 64 data bits: number, frame counter, checksum, each most significant bit first.</summary>
    public static ulong Encode(ushort number, uint frame) =>
        ((ulong)number << 48) | ((ulong)frame << 16) | Checksum(number, frame);

    /// <summary>Whether a cell is white.</summary>
    public static bool IsWhite(ulong bits, int column, int row) => column switch
    {
        < FinderColumns => ((LeftFinders[row] >> (FinderColumns - 1 - column)) & 1) != 0,
        >= Columns - FinderColumns => ((RightFinders[row] >> (Columns - 1 - column)) & 1) != 0,
        _ => ((bits >> (63 - ((row * DataColumns) + column - FinderColumns))) & 1) != 0,
    };

    /// <summary>
    /// Reads the code from a picture of any size. False when the finder cells aren't where they must be or
    /// the checksum is wrong.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> luma, int width, int height, int stride, out BlockCode code)
    {
        code = default;
        if (width < MinimumWidth || height < MinimumHeight || stride < width
            || luma.Length < ((long)stride * (height - 1)) + width)
        {
            return false;
        }

        Span<int> cells = stackalloc int[Columns * Rows];
        for (var i = 0; i < cells.Length; i++)
        {
            cells[i] = Sample(luma, width, height, stride, i % Columns, i / Columns);
        }

        if (!TryFindThreshold(cells, out var threshold))
        {
            return false;
        }

        var bits = 0UL;
        for (var i = 0; i < cells.Length; i++)
        {
            if (!IsFinder(i % Columns))
            {
                bits = (bits << 1) | (cells[i] > threshold ? 1UL : 0UL);
            }
        }

        code = new BlockCode((ushort)(bits >> 48), (uint)(bits >> 16));
        return (ushort)bits == Checksum(code.Number, code.Frame);
    }

    /// <summary>CRC-16/CCITT-FALSE over the six bytes of both numbers, big-endian.</summary>
    private static ushort Checksum(ushort number, uint frame)
    {
        Span<byte> bytes = stackalloc byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, number);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], frame);
        var crc = 0xFFFF;
        foreach (var value in bytes)
        {
            crc ^= value << 8;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            }
        }

        return (ushort)crc;
    }

    private static bool IsFinder(int column) => column is < FinderColumns or >= Columns - FinderColumns;

    /// <summary>
    /// Half way between the finders' mean white and mean black; each finder must be clearly one of them.
    /// </summary>
    private static bool TryFindThreshold(ReadOnlySpan<int> cells, out int threshold)
    {
        int white = 0, black = 0, whites = 0;
        for (var i = 0; i < cells.Length; i++)
        {
            if (IsFinder(i % Columns))
            {
                var isWhite = IsWhite(0, i % Columns, i / Columns);
                white += isWhite ? cells[i] : 0;
                black += isWhite ? 0 : cells[i];
                whites += isWhite ? 1 : 0;
            }
        }

        white /= whites;
        black /= (2 * Rows * FinderColumns) - whites;
        threshold = (white + black) / 2;
        var quarter = (white - black) / 4;
        if (white - black < MinimumContrast)
        {
            return false;
        }

        for (var i = 0; i < cells.Length; i++)
        {
            if (IsFinder(i % Columns) && (IsWhite(0, i % Columns, i / Columns)
                ? cells[i] < white - quarter
                : cells[i] > black + quarter))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The mean of the middle half of a cell, at least one pixel.</summary>
    private static int Sample(ReadOnlySpan<byte> luma, int width, int height, int stride, int column, int row)
    {
        var left = ((4 * column) + 1) * width / (4 * Columns);
        var right = Math.Max(left + 1, ((4 * column) + 3) * width / (4 * Columns));
        var quarterRow = (4 * Top) + (4 * CellHeight * row) + CellHeight;
        var top = quarterRow * height / (4 * HeightParts);
        var bottom = Math.Max(top + 1, (quarterRow + (2 * CellHeight)) * height / (4 * HeightParts));
        var sum = 0;
        for (var y = top; y < bottom; y++)
        {
            foreach (var value in luma.Slice((y * stride) + left, right - left))
            {
                sum += value;
            }
        }

        return sum / ((right - left) * (bottom - top));
    }
}
