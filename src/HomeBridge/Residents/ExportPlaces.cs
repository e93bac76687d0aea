namespace HomeBridge.Residents;

/// <summary>
/// Places of files that are being written: each may read a long trail, so there are few. A reader who keeps us waiting has a place
/// only as long as nobody else wants it.
/// </summary>
internal sealed class ExportPlaces(TimeProvider time)
{
    /// <summary>Of all residents.</summary>
    public const int PlacesMax = 4;

    /// <summary>Who kept us waiting for so long in all makes room for the next who comes.</summary>
    public static readonly TimeSpan WaitedMax = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly List<Place> _taken = [];

    /// <summary>A place; null when this home has one, or all are taken, by readers who read.</summary>
    public Place? Take(HomeAccount home)
    {
        Place? slow;
        Place place;
        lock (_gate)
        {
            slow = _taken.Find(one => one.Home == home) ?? (_taken.Count < PlacesMax ? null : _taken.MaxBy(one => one.Waited));
            if (slow is not null && slow.Waited < WaitedMax)
            {
                return null;
            }

            if (slow is not null)
            {
                _taken.Remove(slow);
            }

            _taken.Add(place = new Place(this, home, time));
        }

        slow?.Cut();
        return place;
    }

    private void Leave(Place place)
    {
        lock (_gate)
        {
            _taken.Remove(place);
        }
    }

    /// <summary>One file on its way.</summary>
    internal sealed class Place(ExportPlaces places, HomeAccount home, TimeProvider time) : IDisposable
    {
        private readonly CancellationTokenSource _cut = new();
        private readonly Lock _gate = new();
        private TimeSpan _waited;
        private long? _since;

        public HomeAccount Home => home;

        /// <summary>Cancelled when the place is another's.</summary>
        public CancellationToken IsCut => _cut.Token;

        /// <summary>For how long in all its reader did not take what was written, up to now.</summary>
        public TimeSpan Waited
        {
            get
            {
                lock (_gate)
                {
                    return _waited + (_since is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero);
                }
            }
        }

        /// <summary>What is written to it is written to <paramref name="reader"/>, by the clock.</summary>
        public Stream To(Stream reader) => new Timed(this, reader);

        public void Cut() => _cut.Cancel();

        /// <summary>The source has no timer and no handle of its own, and may be cut while the file ends: it is left to the collector.</summary>
        public void Dispose() => places.Leave(this);

        private async ValueTask Wait(ValueTask write)
        {
            lock (_gate)
            {
                _since = time.GetTimestamp();
            }

            try
            {
                await write;
            }
            finally
            {
                lock (_gate)
                {
                    (_waited, _since) = (_waited + time.GetElapsedTime(_since.Value), null);
                }
            }
        }

        private sealed class Timed(Place place, Stream reader) : Stream
        {
            public override bool CanRead => false;

            public override bool CanSeek => false;

            public override bool CanWrite => true;

            public override long Length => throw new NotSupportedException();

            public override long Position
            {
                get => throw new NotSupportedException();
                set => throw new NotSupportedException();
            }

            public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
                place.Wait(reader.WriteAsync(buffer, cancellationToken));

            public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
                WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

            public override Task FlushAsync(CancellationToken cancellationToken) => place.Wait(new ValueTask(reader.FlushAsync(cancellationToken))).AsTask();

            public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override void Flush() => throw new NotSupportedException();

            public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

            public override void SetLength(long value) => throw new NotSupportedException();
        }
    }
}
