using System.Buffers;
using System.Text;
using Sanctum.Destinations;
using Sanctum.Egress.Receiving;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Egress.Guesses;

/// <summary>
/// Searches what the agent itself sends for the secret, before it is sent. A service that echoes what it was sent would otherwise tell by
/// <c>[REDACTED]</c> which of many guesses was right: one call tries as many as fit a body.
/// </summary>
internal static class GuessSearch
{
    private const int ChunkSize = 16 * 1024;

    /// <summary>Whether the secret, in any form that would be taken out of a response, is in it. Takes time by the request's length alone.</summary>
    /// <param name="request">With the secret where it goes, if that is the URL, and with what to search for.</param>
    /// <param name="sent">The headers as the agent sent them, and the name that it chose for the one with the secret.</param>
    /// <param name="memory">For what undoes the body's codings.</param>
    /// <param name="passOn">Lets others have their turns at what this holds, and waits for the next of its own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultException">The body can't be searched; invalid params.</exception>
    public static async ValueTask<bool> HoldsAsync(
        OutgoingRequest request, IReadOnlyList<KeyValuePair<string, string>> sent, MemoryBudget memory, Func<ValueTask> passOn, CancellationToken cancellationToken)
    {
        using var scrubber = new Scrubber(request.Needles);
        var turn = new ThreadTurn();

        // All of it is searched, whatever is found: how long it took would tell where the right guess stands.
        var holds = scrubber.Finds(Head(request.Target, sent)) | AddsToSecret(request, scrubber);
        holds |= await FindsAsync(scrubber, request.Body, turn, passOn).ConfigureAwait(false);
        var codings = CodingsOf(sent);
        if (codings.Length == 0 || request.Body.IsEmpty)
        {
            return holds;
        }

        return await IsWithinAsync(request.Body, codings, scrubber, memory, turn, passOn, cancellationToken).ConfigureAwait(false) || holds;
    }

    /// <summary>What has to be undone before the body can be searched.</summary>
    public static string[] CodingsOf(IReadOnlyList<KeyValuePair<string, string>> headers) =>
        [.. headers.Where(header => HeaderWords.AsVariable(header.Key) == "content-encoding").SelectMany(header => ContentDecoding.Read(header.Value))];

    // As one text, in the order in which a service that echoes all of it does. The method is the agent's own word as well, and letters are compared without
    // their case.
    private static byte[] Head(RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var text = new StringBuilder(target.Method).Append(' ').Append(target.Url.Path).Append(target.Url.Query);
        foreach (var (name, value) in headers)
        {
            text.Append('\n').Append(name).Append(": ").Append(value);
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    // Beside the secret in the URL a piece of it can stand that makes it come twice, overlapping, and both are taken out as one. So without its first character
    // or its last there must be none. A part of it is there anyway.
    private static bool AddsToSecret(OutgoingRequest request, Scrubber scrubber)
    {
        if (request.Url == request.Target.Url)
        {
            return false;
        }

        var path = request.Target.Url.Path;
        var placeholder = path.IndexOf(RequestUrl.Placeholder, StringComparison.Ordinal);
        var (start, end) = placeholder >= 0
            ? (placeholder, placeholder + request.Url.Path.Length - path.Length + RequestUrl.Placeholder.Length)
            : (path.Length + request.Url.Query.LastIndexOf('=') + 1, path.Length + request.Url.Query.Length);
        var bytes = Encoding.ASCII.GetBytes(request.Url.Path + request.Url.Query);
        return scrubber.Finds(bytes.AsSpan(0, end - 1), withParts: false) || scrubber.Finds(bytes.AsSpan(start + 1), withParts: false);
    }

    private static async ValueTask<bool> IsWithinAsync(
        ReadOnlyMemory<byte> body, string[] codings, Scrubber scrubber, MemoryBudget memory, ThreadTurn turn, Func<ValueTask> passOn, CancellationToken cancellationToken)
    {
        var nowhere = new Nowhere();
        var chunk = new byte[ChunkSize];
        try
        {
            var stream = ContentDecoding.Decode(new PrefixedStream(body, new EmptyStream()), codings, memory, ContentDecoding.MaxBytes);
            await using (stream.ConfigureAwait(false))
            {
                while (await stream.ReadAsync(chunk, cancellationToken).ConfigureAwait(false) is > 0 and var count)
                {
                    scrubber.Write(chunk.AsSpan(0, count), nowhere);
                    if (turn.IsOver)
                    {
                        await Task.Yield();
                        await passOn().ConfigureAwait(false);
                        turn.Begin();
                    }
                }
            }
        }
        catch (VaultException refused) when (refused.Code != VaultErrorCode.RateLimited)
        {
            throw Errors.UnsearchableBody();
        }
        catch (Exception malformed) when (malformed is IOException or InvalidDataException or InvalidOperationException or ZstdSharp.ZstdException)
        {
            throw Errors.UnsearchableBody();
        }

        scrubber.Complete(nowhere);
        return scrubber.Found > 0;
    }

    private static async ValueTask<bool> FindsAsync(Scrubber scrubber, ReadOnlyMemory<byte> text, ThreadTurn turn, Func<ValueTask> passOn)
    {
        var found = false;
        for (var start = 0; start < text.Length; start += ChunkSize)
        {
            if (turn.IsOver)
            {
                await Task.Yield();
                await passOn().ConfigureAwait(false);
                turn.Begin();
            }

            found |= scrubber.Finds(text.Span[..Math.Min(text.Length, start + ChunkSize)], start);
        }

        return found;
    }

    // Only whether something is found matters, not what is left.
    private sealed class Nowhere : IBufferWriter<byte>
    {
        private byte[] _room = new byte[ChunkSize];

        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => _room = _room.Length >= sizeHint ? _room : new byte[sizeHint];

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }

    private sealed class EmptyStream : ReadOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);
    }
}
