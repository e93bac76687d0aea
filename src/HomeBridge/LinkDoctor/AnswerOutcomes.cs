using System.Text;
using HomeBridge.Vitals;

namespace HomeBridge.LinkDoctor;

/// <summary>
/// What one request was answered, code by code and without ids.
/// </summary>
internal sealed class AnswerOutcomes(string intent)
{
    /// <summary>A device or request that was answered without an error.</summary>
    private const string Success = "SUCCESS";

    /// <summary>A stop that is a bug of the bridge and not what its error code says.</summary>
    public const string OurFault = "our_fault";

    /// <summary>Codes that are told apart; the rest are counted together.</summary>
    private const int CodesMax = 6;

    /// <summary>Characters of a code; the platform's longest has 39.</summary>
    private const int CodeLengthMax = 64;

    private const string Others = "others";

    private readonly (string Code, int Count)[] _codes = new (string, int)[CodesMax + 1];
    private int _used;

    public string Intent { get; } = intent;

    /// <summary>The first failure; null when there was none.</summary>
    public string? Stop { get; private set; }

    /// <summary>The bridge itself failed, whatever the answer says.</summary>
    public void Fault() => Stop ??= OurFault;

    /// <summary>
    /// Reads the codes back out of an answer of ours. Within a JSON string quotes are escaped, so that no name of a device
    /// can look like one.
    /// </summary>
    public void Read(ReadOnlySpan<byte> answer)
    {
        var good = answer.Count("\"status\":\"SUCCESS\""u8);
        if (good > 0)
        {
            Add(Success, good);
        }

        var member = "\"errorCode\":\""u8;
        while (answer.IndexOf(member) is >= 0 and var at)
        {
            answer = answer[(at + member.Length)..];
            var length = answer.IndexOf((byte)'"');
            if (length < 0)
            {
                return;
            }

            Add(Encoding.UTF8.GetString(answer[..Math.Min(length, CodeLengthMax)]), 1);
        }
    }

    private void Add(string code, int count)
    {
        if (code != Success && QualityFigures.IsFailure(code))
        {
            Stop ??= code;
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

        _codes[index].Count += count;
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
