using System.Buffers.Binary;

namespace Sanctum.Egress.Receiving;

/// <summary>The check sum of gzip (RFC 1952, section 8), eight bytes at a time: Kounavis and Berry, "Slicing-by-8".</summary>
internal struct Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int Slices = 8;

    private static readonly uint[][] Tables = MakeTables();

    // Kept inverted; so the sum of nothing is 0.
    private uint _state;

    public readonly uint Value => _state;

    public void Add(ReadOnlySpan<byte> data)
    {
        var sum = ~_state;
        for (; data.Length >= Slices; data = data[Slices..])
        {
            var (low, high) = (BinaryPrimitives.ReadUInt32LittleEndian(data) ^ sum, BinaryPrimitives.ReadUInt32LittleEndian(data[4..]));
            sum = Tables[7][low & 0xFF] ^ Tables[6][(low >> 8) & 0xFF] ^ Tables[5][(low >> 16) & 0xFF] ^ Tables[4][low >> 24]
                ^ Tables[3][high & 0xFF] ^ Tables[2][(high >> 8) & 0xFF] ^ Tables[1][(high >> 16) & 0xFF] ^ Tables[0][high >> 24];
        }

        foreach (var value in data)
        {
            sum = (sum >> 8) ^ Tables[0][(sum ^ value) & 0xFF];
        }

        _state = ~sum;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[Slices][];
        for (var slice = 0; slice < Slices; slice++)
        {
            tables[slice] = new uint[256];
            for (var i = 0; i < 256; i++)
            {
                tables[slice][i] = slice == 0 ? OfByte((uint)i) : (tables[slice - 1][i] >> 8) ^ tables[0][tables[slice - 1][i] & 0xFF];
            }
        }

        return tables;
    }

    private static uint OfByte(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
        {
            value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
        }

        return value;
    }
}
