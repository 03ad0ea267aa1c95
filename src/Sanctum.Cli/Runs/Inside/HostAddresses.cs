using System.Buffers.Binary;
using System.Net;

namespace Sanctum.Cli.Runs.Inside;

/// <summary>
/// Gives each name that a program looks up an address of its own on loopback, in 127.64.0.0/10. A connection to that address tells by it which name was meant.
/// </summary>
internal sealed class HostAddresses
{
    /// <summary>More names get no address.</summary>
    internal const int Most = 65_536;

    private const uint First = 0x7F400001; // 127.64.0.1

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _numbers = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _names = [];

    /// <summary>A name's address, the same as long as the run lasts.</summary>
    /// <returns>Null where there are too many.</returns>
    public IPAddress? Of(string name)
    {
        lock (_gate)
        {
            if (!_numbers.TryGetValue(name, out var number))
            {
                if (_names.Count == Most)
                {
                    return null;
                }

                number = _names.Count;
                _names.Add(name.ToLowerInvariant());
                _numbers.Add(name, number);
            }

            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, First + (uint)number);
            return new IPAddress(bytes);
        }
    }

    /// <summary>The name that an address was given to; null where it was given to none.</summary>
    public string? NameOf(IPAddress address)
    {
        var bytes = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        var number = bytes.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) - (long)First : -1;
        lock (_gate)
        {
            return number >= 0 && number < _names.Count ? _names[(int)number] : null;
        }
    }
}
