using System.Runtime.InteropServices;

namespace HomeBridge.Sandbox.Cameras;

/// <summary>A code word: its value and its number of bits.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct VlcCode(uint Value, int Length)
{
    public void Write(BitWriter bits) => bits.Bits(Value, Length);
}

/// <summary>
/// The variable length codes of CAVLC residuals, written as ISO/IEC 14496-10 9.2 prints them: code words line
/// by line. For coeff_token a line is a TotalCoeff from 0 and a word is a TrailingOnes from 0.
/// </summary>
internal static class VlcCodes
{
    /// <summary>Table 9-5, 0 &lt;= nC &lt; 2.</summary>
    private const string CoeffToken0 = """
        1
        000101 01
        00000111 000100 001
        000000111 00000110 0000101 00011
        0000000111 000000110 00000101 000011
        00000000111 0000000110 000000101 0000100
        0000000001111 00000000110 0000000101 00000100
        0000000001011 0000000001110 00000000101 000000100
        0000000001000 0000000001010 0000000001101 0000000100
        00000000001111 00000000001110 0000000001001 00000000100
        00000000001011 00000000001010 00000000001101 0000000001100
        000000000001111 000000000001110 00000000001001 00000000001100
        000000000001011 000000000001010 000000000001101 00000000001000
        0000000000001111 000000000000001 000000000001001 000000000001100
        0000000000001011 0000000000001110 0000000000001101 000000000001000
        0000000000000111 0000000000001010 0000000000001001 0000000000001100
        0000000000000100 0000000000000110 0000000000000101 0000000000001000
        """;

    /// <summary>Table 9-5, 2 &lt;= nC &lt; 4.</summary>
    private const string CoeffToken2 = """
        11
        001011 10
        000111 00111 011
        0000111 001010 001001 0101
        00000111 000110 000101 0100
        00000100 0000110 0000101 00110
        000000111 00000110 00000101 001000
        00000001111 000000110 000000101 000100
        00000001011 00000001110 00000001101 0000100
        000000001111 00000001010 00000001001 000000100
        000000001011 000000001110 000000001101 00000001100
        000000001000 000000001010 000000001001 00000001000
        0000000001111 0000000001110 0000000001101 000000001100
        0000000001011 0000000001010 0000000001001 0000000001100
        0000000000111 00000000001011 0000000000110 0000000001000
        00000000001001 00000000001000 00000000001010 0000000000001
        00000000000111 00000000000110 00000000000101 00000000000100
        """;

    /// <summary>Table 9-5, 4 &lt;= nC &lt; 8.</summary>
    private const string CoeffToken4 = """
        1111
        001111 1110
        001011 01111 1101
        001000 01100 01110 1100
        0001111 01010 01011 1011
        0001011 01000 01001 1010
        0001001 001110 001101 1001
        0001000 001010 001001 1000
        00001111 0001110 0001101 01101
        00001011 00001110 0001010 001100
        000001111 00001010 00001101 0001100
        000001011 000001110 00001001 00001100
        000001000 000001010 000001101 00001000
        0000001101 000000111 000001001 000001100
        0000001001 0000001100 0000001011 0000001010
        0000000101 0000001000 0000000111 0000000110
        0000000001 0000000100 0000000011 0000000010
        """;

    /// <summary>Table 9-5, nC = -1.</summary>
    private const string CoeffTokenChromaDc = """
        01
        000111 1
        000100 000110 001
        000011 0000011 0000010 000101
        000010 00000011 00000010 0000000
        """;

    /// <summary>Tables 9-7 and 9-8: a line for each TotalCoeff from 1, a word for each total_zeros.</summary>
    private const string TotalZeros4x4 = """
        1 011 010 0011 0010 00011 00010 000011 000010 0000011 0000010 00000011 00000010 000000011 000000010 000000001
        111 110 101 100 011 0101 0100 0011 0010 00011 00010 000011 000010 000001 000000
        0101 111 110 101 0100 0011 100 011 0010 00011 00010 000001 00001 000000
        00011 111 0101 0100 110 101 100 0011 011 0010 00010 00001 00000
        0101 0100 0011 111 110 101 100 011 0010 00001 0001 00000
        000001 00001 111 110 101 100 011 010 0001 001 000000
        000001 00001 101 100 011 11 010 0001 001 000000
        000001 0001 00001 011 11 10 010 001 000000
        000001 000000 0001 11 10 001 01 00001
        00001 00000 001 11 10 01 0001
        0000 0001 001 010 1 011
        0000 0001 01 1 001
        000 001 1 01
        00 01 1
        0 1
        """;

    /// <summary>Table 9-9 (a).</summary>
    private const string TotalZerosChromaDc = """
        1 01 001 000
        1 01 00
        1 0
        """;

    /// <summary>
    /// Table 9-10: a line for each zerosLeft from 1 (7 stands for more), a word for each run_before.
    /// </summary>
    private const string RunBefore = """
        1 0
        1 01 00
        11 10 01 00
        11 10 01 001 000
        11 10 011 010 001 000
        11 000 001 011 010 101 100
        111 110 101 100 011 010 001 0001 00001 000001 0000001 00000001 000000001 0000000001 00000000001
        """;

    private static readonly VlcCode[][][] s_coeffToken =
        [Parse(CoeffToken0), Parse(CoeffToken2), Parse(CoeffToken4)];

    private static readonly VlcCode[][] s_coeffTokenChromaDc = Parse(CoeffTokenChromaDc);
    private static readonly VlcCode[][] s_totalZeros = Parse(TotalZeros4x4);
    private static readonly VlcCode[][] s_totalZerosChromaDc = Parse(TotalZerosChromaDc);
    private static readonly VlcCode[][] s_runBefore = Parse(RunBefore);

    /// <summary>9.2.1: the word for both numbers in the context nC, which is -1 for chroma DC.</summary>
    public static VlcCode CoeffToken(int context, int totalCoeff, int trailingOnes) => context switch
    {
        < 0 => s_coeffTokenChromaDc[totalCoeff][trailingOnes],
        < 2 => s_coeffToken[0][totalCoeff][trailingOnes],
        < 4 => s_coeffToken[1][totalCoeff][trailingOnes],
        < 8 => s_coeffToken[2][totalCoeff][trailingOnes],
        // Six bits of fixed length; "none" is the one word that the rule leaves free.
        _ => new VlcCode(totalCoeff == 0 ? 3u : (uint)(((totalCoeff - 1) << 2) | trailingOnes), 6),
    };

    /// <summary>9.2.3.</summary>
    public static VlcCode TotalZeros(bool chromaDc, int totalCoeff, int totalZeros) =>
        (chromaDc ? s_totalZerosChromaDc : s_totalZeros)[totalCoeff - 1][totalZeros];

    /// <summary>9.2.3.</summary>
    public static VlcCode RunOf(int zerosLeft, int run) => s_runBefore[Math.Min(zerosLeft, 7) - 1][run];

    /// <summary>The same the other way round: which word comes next.</summary>
    public static (int Total, int Ones) ReadCoeffToken(BitReader bits, int context)
    {
        if (context >= 8)
        {
            var word = (int)bits.Bits(6);
            return word == 3 ? (0, 0) : ((word >> 2) + 1, word & 3);
        }

        var table = context switch
        {
            < 0 => s_coeffTokenChromaDc,
            < 2 => s_coeffToken[0],
            < 4 => s_coeffToken[1],
            _ => s_coeffToken[2],
        };
        for (var total = 0; total < table.Length; total++)
        {
            if (Find(bits, table[total]) is var ones and >= 0)
            {
                return (total, ones);
            }
        }

        throw new InvalidDataException("No coeff_token.");
    }

    public static int ReadTotalZeros(BitReader bits, bool chromaDc, int total) =>
        Read(bits, (chromaDc ? s_totalZerosChromaDc : s_totalZeros)[total - 1]);

    public static int ReadRun(BitReader bits, int zerosLeft) => Read(bits, s_runBefore[Math.Min(zerosLeft, 7) - 1]);

    private static int Read(BitReader bits, VlcCode[] words) =>
        Find(bits, words) is var found and >= 0 ? found : throw new InvalidDataException("No such code word.");

    private static int Find(BitReader bits, VlcCode[] words)
    {
        for (var index = 0; index < words.Length; index++)
        {
            if (bits.Peek(words[index].Length) == words[index].Value)
            {
                bits.Skip(words[index].Length);
                return index;
            }
        }

        return -1;
    }

    private static VlcCode[][] Parse(string table) =>
        Array.ConvertAll(table.Split('\n', StringSplitOptions.RemoveEmptyEntries), static line =>
            Array.ConvertAll(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), static word =>
                new VlcCode(Convert.ToUInt32(word, 2), word.Length)));
}
