using System.Text;
using HomeBridge.Vitals;

namespace HomeBridge.LinkDoctor;

/// <summary>
/// What one request was answered, code by code and without ids. Written by the one who writes the answer, so by one
/// thread.
/// </summary>
internal sealed class AnswerOutcomes(string intent)
{
    /// <summary>A device or request that was answered without an error.</summary>
    public const string Success = "SUCCESS";

    /// <summary>A stop that is a bug of the bridge and not what its error code says.</summary>
    public const string OurFault = "our_fault";

    /// <summary>Codes that are told apart; the rest are counted together.</summary>
    private const int CodesMax = 6;

    private const string Others = "others";

    private readonly (string Code, int Count)[] _codes = new (string, int)[CodesMax + 1];
    private int _used;

    public string Intent { get; } = intent;

    /// <summary>The first failure; null when there was none.</summary>
    public string? Stop { get; private set; }

    /// <summary>Counts a status or an error code, of one device or of the whole request, and gives it back.</summary>
    /// <param name="code">As it is in the answer.</param>
    /// <param name="stop">What an operator should look up instead.</param>
    public string Add(string code, string? stop = null)
    {
        if (Stop is null && code is not (Success or "PENDING") && QualityFigures.IsFailure(code))
        {
            Stop = stop ?? code;
        }

        var index = 0;
        while (index < _used && _codes[index].Code != code && index < CodesMax)
        {
            index++;
        }

        if (index == _used)
        {
            _codes[_used++].Code = index == CodesMax ? Others : code;
        }

        _codes[index].Count++;
        return code;
    }

    /// <summary>Like <c>Query: 2 SUCCESS, 1 deviceOffline</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Intent);
        for (var index = 0; index < _used; index++)
        {
            text.Append(index == 0 ? ": " : ", ").Append(_codes[index].Count).Append(' ').Append(_codes[index].Code);
        }

        return text.ToString();
    }
}
