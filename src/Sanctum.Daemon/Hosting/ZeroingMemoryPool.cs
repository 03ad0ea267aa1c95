using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;

namespace Sanctum.Daemon.Hosting;

/// <summary>
/// The blocks that sockets are read into and written from. What agents and operators send and receive passes through them, so each
/// is zeroed when it is returned.
/// </summary>
internal sealed class ZeroingMemoryPool : MemoryPool<byte>
{
    private const int BlockSize = 4096;
    private const int Keep = 512;

    private readonly ConcurrentQueue<byte[]> _free = new();
    private int _kept;
    private long _rented;

    public long Rented => Interlocked.Read(ref _rented);

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        Interlocked.Increment(ref _rented);
        if (!_free.TryDequeue(out var bytes))
        {
            return new Block(this, GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true));
        }

        Interlocked.Decrement(ref _kept);
        return new Block(this, bytes);
    }

    /// <summary>Gives up the blocks that are not rented.</summary>
    public void Trim()
    {
        while (_free.TryDequeue(out _))
        {
            Interlocked.Decrement(ref _kept);
        }
    }

    protected override void Dispose(bool disposing) => _free.Clear();

    private void Return(byte[] bytes)
    {
        CryptographicOperations.ZeroMemory(bytes);
        if (Interlocked.Increment(ref _kept) > Keep)
        {
            Interlocked.Decrement(ref _kept);
            return;
        }

        _free.Enqueue(bytes);
    }

    private sealed class Block(ZeroingMemoryPool pool, byte[] bytes) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = bytes;

        // From a pinned array, so that a socket operation does not have to pin it again.
        public Memory<byte> Memory { get; } = MemoryMarshal.CreateFromPinnedArray(bytes, 0, bytes.Length);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { } mine)
            {
                pool.Return(mine);
            }
        }
    }
}

/// <summary>Makes Kestrel take its blocks from <see cref="ZeroingMemoryPool"/>.</summary>
internal sealed class ZeroingMemoryPoolFactory : IMemoryPoolFactory<byte>
{
    private readonly ConcurrentBag<ZeroingMemoryPool> _created = [];

    /// <summary>How many blocks were rented from all pools: none would mean that the server has them from somewhere else.</summary>
    public long Rented => _created.Sum(pool => pool.Rented);

    /// <summary>Gives up all blocks that are not rented.</summary>
    public void Trim()
    {
        foreach (var pool in _created)
        {
            pool.Trim();
        }
    }

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null)
    {
        var pool = new ZeroingMemoryPool();
        _created.Add(pool);
        return pool;
    }
}
