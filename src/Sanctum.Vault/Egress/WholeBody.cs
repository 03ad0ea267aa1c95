using System.Buffers;
using System.Security.Cryptography;
using Sanctum.Egress.Receiving;

namespace Sanctum.Egress;

/// <summary>A request's body that has to be known before anything of it is sent. Counted against the agent's memory, bounded, and wiped when it is disposed.</summary>
internal sealed class WholeBody(MemoryBudget memory) : IDisposable
{
    private const int FirstSize = 16 * 1024;

    private byte[] _bytes = [];
    private int _length;

    /// <summary>Whether it has been read.</summary>
    public bool IsThere { get; private set; }

    /// <summary>The body; empty while it has not been read.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Reads it, once.</summary>
    /// <param name="content">It; null for none.</param>
    /// <param name="most">How many bytes it may have.</param>
    /// <param name="stillness">Ends the reading when nothing comes for too long.</param>
    /// <exception cref="VaultException">It is larger than <paramref name="most"/> bytes, or nothing came for too long, invalid params; there is no memory left for this agent, rate limited.</exception>
    public async Task ReadAsync(Stream? content, int most, Stillness stillness)
    {
        if (IsThere || content is null)
        {
            return;
        }

        try
        {
            using (stillness.Watch())
            {
                await ReadToEndAsync(content, most, stillness).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stillness.IsOver)
        {
            throw Errors.BodyStoodStill(stillness.Limit);
        }

        IsThere = true;
    }

    /// <summary>Takes what came with the call, and the memory for it.</summary>
    /// <exception cref="VaultException">There is not so much left for this agent, rate limited; or it is malformed, invalid params.</exception>
    public void Take(RequestBody body)
    {
        memory.Take(body.MaxLength);
        _bytes = new byte[body.MaxLength];
        _length = body.IsThere ? body.Decode(_bytes) : 0;
        IsThere = body.IsThere;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        memory.Return(_bytes.Length);
        (_bytes, _length) = ([], 0);
    }

    private async Task ReadToEndAsync(Stream content, int most, Stillness stillness)
    {
        for (var count = 1; count > 0; _length += count)
        {
            stillness.Moved();
            if (_length == most)
            {
                // Room for one byte more would be as much again for a moment.
                count = await content.ReadAsync(new byte[1], stillness.Going).ConfigureAwait(false);
                if (count > 0)
                {
                    throw Errors.BodyTooLargeToHold(most);
                }
            }
            else
            {
                if (_length == _bytes.Length)
                {
                    Grow(most);
                }

                count = await content.ReadAsync(_bytes.AsMemory(_length), stillness.Going).ConfigureAwait(false);
            }
        }
    }

    private void Grow(int most)
    {
        var size = Math.Min(Math.Max(FirstSize, 2 * _bytes.Length), most);
        memory.Take(size);
        var grown = new byte[size];
        Bytes.CopyTo(grown);
        CryptographicOperations.ZeroMemory(_bytes);
        memory.Return(_bytes.Length);
        _bytes = grown;
    }
}
