using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;

namespace Sanctum.Daemon.Rpc;

/// <summary>
/// A frame that is collected as it arrives, in separate memory that is returned afterwards. So nothing large waits in a connection's pipe.
/// </summary>
internal sealed class LargeFrame : IDisposable
{
    /// <summary>Frames of up to this size are read where they lie in the pipe.</summary>
    public const int Smallest = 16 * 1024;

    // Not zeroed before it is filled: memory that nobody sends anything into does not become resident.
    private readonly byte[] _bytes;
    private int _filled;

    public LargeFrame(int length) => _bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);

    public ReadOnlyMemory<byte> Payload => _bytes;

    /// <summary>Reads until it is whole.</summary>
    /// <returns>Whether it is: not when the peer closed, or reading was cancelled.</returns>
    public async Task<bool> ReadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (_filled < _bytes.Length)
        {
            var read = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var part = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, _bytes.Length - _filled));
            part.CopyTo(_bytes.AsSpan(_filled));
            _filled += (int)part.Length;
            input.AdvanceTo(part.End);
            if (read.IsCanceled || (read.IsCompleted && _filled < _bytes.Length && part.IsEmpty))
            {
                return false;
            }
        }

        return true;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, _filled));
}
