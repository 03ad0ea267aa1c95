using System.Buffers;
using System.Security.Cryptography;

namespace Sanctum.Daemon.Rpc;

/// <summary>
/// Makes a payload contiguous for the JSON reader: it mostly is already; else it is copied here, and zeroed when it has been read,
/// since requests carry what agents want signed or encrypted.
/// </summary>
internal sealed class PayloadScratch
{
    private const int Kept = 64 * 1024;
    private byte[] _bytes = [];
    private int _used;

    public ReadOnlyMemory<byte> Contiguous(in ReadOnlySequence<byte> payload)
    {
        if (payload.IsSingleSegment)
        {
            return payload.First;
        }

        _used = (int)payload.Length;
        if (_bytes.Length < _used)
        {
            _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(_used, 8192), pinned: true);
        }

        payload.CopyTo(_bytes);
        return _bytes.AsMemory(0, _used);
    }

    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, _used));
        _used = 0;
        if (_bytes.Length > Kept)
        {
            _bytes = [];
        }
    }
}
