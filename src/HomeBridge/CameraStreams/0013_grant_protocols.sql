-- What a stream was granted by: hls, progressive_mp4 or webrtc. Null of those from before.
ALTER TABLE stream_grants ADD COLUMN protocol TEXT NULL;
