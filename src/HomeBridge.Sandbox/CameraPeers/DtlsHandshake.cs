using System.Collections.Concurrent;
using System.Security.Cryptography;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>
/// The camera's half of DTLS-SRTP (RFC 5764): a DTLS 1.2 server that lets only the holder of the offered fingerprint in, and
/// whose keys the media are then sealed with.
/// </summary>
/// <remarks>The library's handshake blocks, so it has a thread while it lasts. Afterwards packets are read as they come.</remarks>
internal sealed class DtlsHandshake(PeerCertificate certificate, byte[] peerFingerprint, Action<ReadOnlyMemory<byte>> send) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Link _link = new(send);
    private volatile DtlsTransport? _transport;
    private volatile bool _isClosed;

    /// <summary>The other side has said that it is over.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>A packet that looks like DTLS.</summary>
    public void Take(ReadOnlySpan<byte> packet)
    {
        _link.Arrived(packet.ToArray());
        if (_transport is not { } transport)
        {
            return;
        }

        try
        {
            // A flight that got lost is sent again in here; data there is none.
            var nothing = new byte[transport.GetReceiveLimit()];
            while (transport.Receive(nothing, 0, nothing.Length, 1) >= 0 && !_link.IsEmpty)
            {
            }
        }
        catch (Exception over) when (over is TlsException or IOException)
        {
            _isClosed = true;
        }
    }

    /// <summary>The keys, or an exception of why there are none.</summary>
    public Task<SrtpKeys> RunAsync() => Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose()
    {
        try
        {
            _transport?.Close();
        }
        catch (IOException)
        {
            // Nobody hears it any more.
        }

        _link.Dispose();
    }

    private SrtpKeys Run()
    {
        var server = new Server(certificate, peerFingerprint, () => _isClosed = true);
        _transport = new DtlsServerProtocol().Accept(server, _link);
        return server.Keys ?? throw new TlsFatalAlert(AlertDescription.internal_error);
    }

    private sealed class Link(Action<ReadOnlyMemory<byte>> send) : DatagramTransport, IDisposable
    {
        /// <summary>Of one packet: under what any network takes whole.</summary>
        private const int PacketLengthMax = 1200;

        /// <summary>Handshakes are short; what is more is somebody's noise.</summary>
        private const int WaitingMax = 64;

        private readonly BlockingCollection<byte[]> _arrived = new(WaitingMax);
        private readonly CancellationTokenSource _over = new();

        public bool IsEmpty => _arrived.Count == 0;

        public void Arrived(byte[] packet)
        {
            if (!_over.IsCancellationRequested)
            {
                _arrived.TryAdd(packet);
            }
        }

        public int GetReceiveLimit() => 2048;

        public int GetSendLimit() => PacketLengthMax;

        public int Receive(byte[] buf, int off, int len, int waitMillis) => Receive(buf.AsSpan(off, len), waitMillis);

        public int Receive(Span<byte> buffer, int waitMillis)
        {
            try
            {
                if (!_arrived.TryTake(out var packet, waitMillis, _over.Token))
                {
                    return -1;
                }

                var length = Math.Min(packet.Length, buffer.Length);
                packet.AsSpan(0, length).CopyTo(buffer);
                return length;
            }
            catch (OperationCanceledException ended)
            {
                throw new TlsFatalAlert(AlertDescription.user_canceled, ended);
            }
        }

        public void Send(byte[] buf, int off, int len) => send(buf.AsMemory(off, len));

        public void Send(ReadOnlySpan<byte> buffer) => send(buffer.ToArray());

        public void Close()
        {
        }

        public void Dispose() => _over.Cancel();
    }

    private sealed class Server(PeerCertificate certificate, byte[] peerFingerprint, Action closed) : DefaultTlsServer(new BcTlsCrypto(new SecureRandom()))
    {
        private const int Profile = SrtpProtectionProfile.SRTP_AES128_CM_HMAC_SHA1_80;

        public SrtpKeys? Keys { get; private set; }

        public override int GetHandshakeTimeoutMillis() => (int)Patience.TotalMilliseconds;

        protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.DTLSv12.Only();

        protected override int[] GetSupportedCipherSuites() => [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];

        protected override TlsCredentialedSigner GetECDsaSignerCredentials()
        {
            var crypto = (BcTlsCrypto)Crypto;
            return new BcDefaultTlsCredentialedSigner(
                new TlsCryptoParameters(m_context), crypto, certificate.Key, new Certificate([crypto.CreateCertificate(certificate.Encoded)]),
                new SignatureAndHashAlgorithm(Org.BouncyCastle.Tls.HashAlgorithm.sha256, SignatureAlgorithm.ecdsa));
        }

        /// <summary>Both sides show a certificate (RFC 5763 section 5).</summary>
        public override CertificateRequest GetCertificateRequest() => new(
            [ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign],
            TlsUtilities.GetDefaultSupportedSignatureAlgorithms(m_context), null);

        public override void NotifyClientCertificate(Certificate clientCertificate)
        {
            if (clientCertificate is not { IsEmpty: false }
                || !CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientCertificate.GetCertificateAt(0).GetEncoded()), peerFingerprint))
            {
                throw new TlsFatalAlert(AlertDescription.bad_certificate);
            }
        }

        public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
        {
            base.ProcessClientExtensions(clientExtensions);
            if (TlsSrtpUtilities.GetUseSrtpExtension(clientExtensions)?.ProtectionProfiles.Contains(Profile) != true)
            {
                throw new TlsFatalAlert(AlertDescription.handshake_failure);
            }
        }

        public override IDictionary<int, byte[]> GetServerExtensions()
        {
            var extensions = TlsExtensionsUtilities.EnsureExtensionsInitialised(base.GetServerExtensions());
            TlsSrtpUtilities.AddUseSrtpExtension(extensions, new UseSrtpData([Profile], []));
            return extensions;
        }

        public override void NotifyAlertReceived(short alertLevel, short alertDescription)
        {
            base.NotifyAlertReceived(alertLevel, alertDescription);
            if (alertLevel == AlertLevel.fatal || alertDescription == AlertDescription.close_notify)
            {
                closed();
            }
        }

        public override void NotifyHandshakeComplete()
        {
            base.NotifyHandshakeComplete();
            Keys = SrtpKeys.Of(m_context.ExportKeyingMaterial("EXTRACTOR-dtls_srtp", null, SrtpKeys.MaterialLength));
        }
    }
}
