namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// <c>Signature-Input</c> and <c>Signature</c> of one unit, read in the profile's one spelling: no other order, member,
/// space or algorithm can be written. What it says is a claim; which algorithm and key count is the session's.
/// </summary>
internal ref struct SignatureHeaders
{
    private const int HeaderLengthMax = 1024;

    /// <summary>The inner list of ingest with its parameters, as it was signed.</summary>
    public ReadOnlySpan<char> IngestParameters { get; private set; }

    /// <summary>The same of fresh.</summary>
    public ReadOnlySpan<char> FreshParameters { get; private set; }

    /// <summary>Ingest says that it is ECDSA; otherwise it says HMAC.</summary>
    public bool IngestIsEcdsa { get; private set; }

    public ReadOnlySpan<char> Nonce { get; private set; }

    public long FreshCreated { get; private set; }

    /// <summary>Base64 between colons.</summary>
    public ReadOnlySpan<char> Ingest { get; private set; }

    /// <summary>The same value with its colons: fresh covers it as it stands in the header.</summary>
    public ReadOnlySpan<char> IngestItem { get; private set; }

    public ReadOnlySpan<char> Fresh { get; private set; }

    public static bool TryRead(string inputs, string values, out SignatureHeaders read)
    {
        read = default;
        return inputs.Length <= HeaderLengthMax && values.Length <= HeaderLengthMax && read.ReadInputs(inputs) && read.ReadValues(values);
    }

    private bool ReadInputs(ReadOnlySpan<char> text)
    {
        var reader = new HeaderReader(text);
        if (!reader.Literal("ingest="))
        {
            return false;
        }

        var start = reader.Position;
        if (!reader.Literal(EvidenceProfile.IngestComponents) || !SignatureText.Seconds(ref reader, "created", out _)
            || !SignatureText.Algorithm(ref reader, out var isEcdsa) || !reader.Literal(EvidenceProfile.IngestTag))
        {
            return false;
        }

        IngestIsEcdsa = isEcdsa;
        IngestParameters = reader.Since(start);
        if (!reader.Literal(", fresh="))
        {
            return false;
        }

        start = reader.Position;
        if (!reader.Literal(EvidenceProfile.FreshComponents) || !SignatureText.Seconds(ref reader, "created", out var created)
            || !SignatureText.Algorithm(ref reader, out var freshIsEcdsa) || freshIsEcdsa || !SignatureText.Nonce(ref reader, out var nonce)
            || !reader.Literal(EvidenceProfile.FreshTag) || !reader.AtEnd)
        {
            return false;
        }

        FreshCreated = created;
        Nonce = nonce;
        FreshParameters = reader.Since(start);
        return true;
    }

    private bool ReadValues(ReadOnlySpan<char> text)
    {
        var reader = new HeaderReader(text);
        if (!reader.Literal("ingest="))
        {
            return false;
        }

        var start = reader.Position;
        if (!SignatureText.Value(ref reader, IngestIsEcdsa, out var ingest))
        {
            return false;
        }

        Ingest = ingest;
        IngestItem = reader.Since(start);
        if (!reader.Literal(", fresh=") || !SignatureText.Value(ref reader, isEcdsa: false, out var fresh) || !reader.AtEnd)
        {
            return false;
        }

        Fresh = fresh;
        return true;
    }
}
