namespace HomeBridge.Tests.WebRtc;

/// <summary>What tests put into a page to look at its peer connections and at every frame of the player.</summary>
internal static class PeerScript
{
    /// <summary>Before the page's own scripts: keeps the connections that the page makes.</summary>
    public const string KeepConnections = """
        globalThis.peersMade = [];
        globalThis.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(...given) {
            super(...given);
            globalThis.peersMade.push(this);
          }
        };
        """;

    /// <summary>Before the page's own scripts: as behind a wall that lets no UDP through, the answered address is one where nobody is.</summary>
    public const string BarWay = """
        globalThis.RTCPeerConnection = class extends RTCPeerConnection {
          setRemoteDescription({ type, sdp }) {
            return super.setRemoteDescription({ type, sdp: sdp.replace(/ [0-9]+ typ host/g, ' 9 typ host') });
          }
        };
        """;

    /// <summary>Packets that the newest connection received, and when the last one came (page's clock, ms since the epoch).</summary>
    public const string Packets = """
        async () => {
          const connection = globalThis.peersMade.at(-1);
          let found = { packets: 0, last: 0 };
          for (const report of (await connection?.getStats())?.values() ?? []) {
            if (report.type === 'inbound-rtp') found = { packets: report.packetsReceived, last: report.lastPacketReceivedTimestamp ?? 0 };
          }
          return found;
        }
        """;

    /// <summary>
    /// For so many seconds every frame that is shown: the camera in it, and its age in ms. A video that stands still calls
    /// nobody back, so a timer looks after it.
    /// </summary>
    public static string Ages(string readBlockCode) => $$"""
        async (seconds) => {
          {{readBlockCode}}
          const video = document.querySelector('#video');
          const canvas = document.createElement('canvas');
          canvas.width = 640; canvas.height = 360;
          const context = canvas.getContext('2d', { willReadFrequently: true });
          const seen = { ages: [], cameras: [], unread: 0 };
          const until = performance.now() + 1000 * seconds;
          while (performance.now() < until) {
            const shown = await Promise.race([
              new Promise((done) => video.requestVideoFrameCallback((now, frame) => done(frame))),
              new Promise((done) => setTimeout(() => done(null), 1000)),
            ]);
            if (!shown) continue;
            const now = Date.now();
            context.drawImage(video, 0, 0, 640, 360);
            const code = readBlockCode(context, 640, 360);
            if (!code) { seen.unread += 1; continue; }
            const behind = ((Math.floor(now / 100) % 4294967296) - code.frame + 4294967296) % 4294967296;
            seen.ages.push(behind * 100 + now % 100);
            if (!seen.cameras.includes(code.number)) seen.cameras.push(code.number);
          }
          return seen;
        }
        """;
}
