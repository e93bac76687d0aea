using System.Collections.Immutable;

namespace HomeBridge.StreamGateway.WebRtc.Sdp;

/// <summary>What of an offer the camera is shown, and what of its answer the display is: a camera sends, a display receives.</summary>
internal static class PeerNegotiation
{
    /// <summary>
    /// The display's offer as the camera gets it: nothing is sent to the camera, whatever the display would like, and there is
    /// no sound where the resident gives none. One section of each kind: the first. Null when no picture could come of it.
    /// </summary>
    public static PeerDescription? ForCamera(PeerDescription offer, bool withoutSound)
    {
        var kinds = new HashSet<MediaKind>();
        var shown = offer with
        {
            Sections = [.. offer.Sections.Select(section =>
                section.IsRefused || (withoutSound && section.Kind is MediaKind.Audio) || !kinds.Add(section.Kind)
                    ? new MediaSection(section.Kind, section.Mid) { IsRefused = true }
                    : section with { Direction = section.Direction & MediaDirection.Receive, Sources = [], Repair = null })],
        };
        return shown.Sections.Any(section => section is { IsRefused: false, Kind: MediaKind.Video, Direction: MediaDirection.Receive }) ? shown : null;
    }

    /// <summary>
    /// The camera's answer as the display gets it; null when it is no answer to that offer: other sections, other names,
    /// formats that were not offered, media in a direction that was not.
    /// </summary>
    /// <param name="shown">The offer as the camera got it.</param>
    /// <param name="answer">What it said.</param>
    public static PeerDescription? ForDisplay(PeerDescription shown, PeerDescription answer)
    {
        if (answer.Sections.Length != shown.Sections.Length || !answer.HasVideo || (answer.IsBundled && !shown.IsBundled))
        {
            return null;
        }

        var sections = ImmutableArray.CreateBuilder<MediaSection>(answer.Sections.Length);
        for (var index = 0; index < answer.Sections.Length; index++)
        {
            var (asked, said) = (shown.Sections[index], answer.Sections[index]);
            if (said.Kind != asked.Kind || (said.Mid is not null && said.Mid != asked.Mid) || (asked.IsRefused && !said.IsRefused))
            {
                return null;
            }

            if (said.IsRefused)
            {
                sections.Add(new MediaSection(asked.Kind, asked.Mid) { IsRefused = true });
                continue;
            }

            var wanted = asked.Direction.HasFlag(MediaDirection.Receive) ? MediaDirection.Send : MediaDirection.Inactive;
            if ((said.Direction & ~wanted) != MediaDirection.Inactive
                || said.Formats.Any(format => !asked.Formats.Any(one => one.Type == format.Type && one.Codec == format.Codec))
                || said.Extensions.Any(extension => !asked.Extensions.Contains(extension)))
            {
                return null;
            }

            sections.Add(said);
        }

        return answer with { Sections = sections.ToImmutable() };
    }
}
