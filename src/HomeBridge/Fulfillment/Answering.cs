using System.Buffers;
using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.LinkDoctor;
using HomeBridge.Vitals;

namespace HomeBridge.Fulfillment;

/// <summary>
/// One request while it is answered: whose it is, and, code by code, what became of it. That goes to the quality figures
/// and to the link doctor, never into a log with ids.
/// </summary>
internal sealed class Answering(AccountLink link, FulfillmentRequest request, QualityFigures figures, FulfillmentInstruments instruments, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private string _type = "";
    private string _code = "";
    private int _alike;

    public AccountLink Link { get; } = link;

    public string RequestId { get; } = request.RequestId;

    public AnswerOutcomes Outcomes { get; } = new(request.Intent?.GetType().Name ?? "nothing readable");

    public TimeSpan Took => time.GetElapsedTime(_started);

    /// <summary>How QUERY or EXECUTE went for one device; null when the link has no such device.</summary>
    public void Device(Device? device, string code)
    {
        Outcomes.Add(code);
        if (device is null)
        {
            return;
        }

        // Devices of one answer are mostly of one kind: they are counted together.
        if (_alike > 0 && (device.Type != _type || code != _code))
        {
            Count();
        }

        (_type, _code) = (device.Type, code);
        _alike++;
    }

    /// <summary>So many devices were refused because they are suspended.</summary>
    public void Denied(int count) => figures.Denied(QualityFigures.Query, Link.Platform, count);

    /// <summary>It was executed before, and got that answer: nothing was done for it.</summary>
    public bool IsRepeat { get; set; }

    /// <summary>The error code of the whole request; null when it was answered.</summary>
    public string? FailedWith { get; private set; }

    /// <summary>All devices were answered.</summary>
    public void Count()
    {
        if (_alike > 0)
        {
            var intent = Outcomes.Intent == nameof(Intent.Query) ? QualityFigures.Query : QualityFigures.Execute;
            figures.Answered(intent, _type, _code == AnswerOutcomes.Success || !QualityFigures.IsFailure(_code), Took, _alike);
            instruments.Results(intent, Link.Vendor, _code, _alike);
            _alike = 0;
        }
    }

    /// <summary>The whole request failed for one reason.</summary>
    public ReadOnlySequence<byte> Failed(string errorCode, string? stop = null) =>
        Answer.Error(RequestId, FailedWith = Outcomes.Add(errorCode, stop));
}
