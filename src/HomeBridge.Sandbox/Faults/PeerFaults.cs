namespace HomeBridge.Sandbox.Faults;

/// <summary>What can go wrong with an answer to an offer.</summary>
internal static class PeerFaults
{
    public const string Swapped = "peer-swapped";
    public const string Relabelled = "peer-relabelled";
    public const string Replayed = "peer-replayed";
    public const string Stripped = "peer-unsigned";
    public const string WrongFingerprint = "peer-fingerprint";
    public const string WrongCertificate = "peer-certificate";
    public const string SharedCertificate = "peer-shared-certificate";

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new(Swapped, "An offer is answered by a camera in another home, which signs its answer with its own key and shows its picture."),
        new(Relabelled, "An offer is answered by a camera in another home under a statement that names the one that was asked for; the signature is the other camera's."),
        new(Replayed, "An answer that the camera signed a minute ago, for another offer with another nonce."),
        new(Stripped, "An answer with what the camera states and without its signature: grade G1."),
        new(WrongFingerprint, "Somebody between camera and gateway puts a fingerprint of their own into the answer, puts Content-Digest right, and takes the connection."),
        new(WrongCertificate, "The answer is all genuine, and somebody else takes the connection, with another certificate. Only the display can see it: by the handshake."),
        new(SharedCertificate, "All cameras shake hands with one certificate: the fingerprint that each signs is the same."),
    ];
}
