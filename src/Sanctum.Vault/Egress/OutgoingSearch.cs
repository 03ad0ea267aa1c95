using System.Buffers;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Egress;

/// <summary>Searches what an agent sends, as it is sent, for what it may not send, such as the secret itself. What may yet become it is held back.</summary>
/// <param name="searches">What is searched for, and what is thrown where it is found.</param>
internal sealed class OutgoingSearch(IReadOnlyList<(Needles Needles, Func<VaultException> Refusal)> searches) : IDisposable
{
    private readonly Scrubber[] _scrubbers = [.. searches.Select(search => new Scrubber(search.Needles))];
    private ArrayBufferWriter<byte> _certain = new();
    private ArrayBufferWriter<byte> _next = new();

    /// <summary>What was found; null so far as nothing was.</summary>
    public VaultException? Refusal { get; private set; }

    /// <summary>Takes a piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="isLast">Whether nothing follows. What is given after that is another text.</param>
    /// <returns>What may leave by now; it is gone with the next call.</returns>
    /// <exception cref="VaultException">Something is in it that may not be sent.</exception>
    public ReadOnlyMemory<byte> Pass(ReadOnlySpan<byte> piece, bool isLast)
    {
        _certain.ResetWrittenCount();
        _certain.Write(piece);
        for (var i = 0; i < _scrubbers.Length; i++)
        {
            _next.ResetWrittenCount();
            _scrubbers[i].Write(_certain.WrittenSpan, _next);
            if (isLast)
            {
                _scrubbers[i].Complete(_next);
            }
            else
            {
                _scrubbers[i].Flush(_next);
            }

            if (_scrubbers[i].HasFound)
            {
                throw Refusal ??= searches[i].Refusal();
            }

            (_certain, _next) = (_next, _certain);
        }

        return _certain.WrittenMemory;
    }

    public void Dispose() => Array.ForEach(_scrubbers, scrubber => scrubber.Dispose());
}
