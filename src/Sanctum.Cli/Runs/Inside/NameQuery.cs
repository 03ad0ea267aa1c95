using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Sanctum.Cli.Runs.Inside;

/// <summary>One question about a name, as RFC 1035 has it in section 4.</summary>
internal static class NameQuery
{
    /// <summary>What a message over UDP has at most without extensions.</summary>
    public const int Longest = 512;

    private const int HeaderLength = 12, FlagsAt = 2, QuestionsAt = 4;
    private const int LongestName = 253, LongestLabel = 63;
    private const ushort Response = 0x8000, OperationMask = 0x7800, RecursionDesired = 0x0100, RecursionAvailable = 0x0080;
    private const ushort Malformed = 1, NotNow = 2, NoSuchName = 3, NotImplemented = 4;
    private const ushort Address = 1, Internet = 1;
    private const ushort NameOfTheQuestion = 0xC00C; // A pointer to it.
    private const int SecondsToLive = 300;

    /// <summary>What is replied.</summary>
    /// <returns>Null where there is nobody to reply to: it is no query.</returns>
    public static byte[]? Reply(ReadOnlySpan<byte> query, HostAddresses addresses)
    {
        if (query.Length < HeaderLength || (Number(query, FlagsAt) & Response) != 0)
        {
            return null;
        }

        if ((Number(query, FlagsAt) & OperationMask) != 0)
        {
            return Without(query, NotImplemented);
        }

        var name = Number(query, QuestionsAt) == 1 ? NameIn(query[HeaderLength..], out var length) : Nothing(out length);
        if (name is null)
        {
            return Without(query, Malformed);
        }

        var question = query.Slice(HeaderLength, length);
        if (!IsHostName(name))
        {
            return Message(query, question, NoSuchName, null);
        }

        if (Number(question, length - 4) != Address || Number(question, length - 2) != Internet)
        {
            return Message(query, question, 0, null); // It has addresses of IPv4 alone.
        }

        var address = name.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback : addresses.Of(name);
        return Message(query, question, address is null ? NotNow : (ushort)0, address);
    }

    private static string? Nothing(out int length)
    {
        length = 0;
        return null;
    }

    // The name, and how long the question is with its type and class. Null where it is none.
    private static string? NameIn(ReadOnlySpan<byte> question, out int length)
    {
        var name = new StringBuilder();
        for (length = 0; length < question.Length;)
        {
            int label = question[length++];
            if (label == 0)
            {
                length += 4;
                return length <= question.Length ? name.ToString() : null;
            }

            if (label > LongestLabel || label > question.Length - length)
            {
                return null;
            }

            name.Append(name.Length > 0 ? "." : "").Append(Encoding.Latin1.GetString(question.Slice(length, label)));
            length += label;
        }

        return null;
    }

    private static bool IsHostName(string name) =>
        name.Length is > 0 and <= LongestName && name.Split('.').All(label => label.Length > 0 && label.All(sign => char.IsAsciiLetterOrDigit(sign) || sign is '-' or '_'));

    private static byte[] Without(ReadOnlySpan<byte> query, ushort code) => Message(query, [], code, null);

    private static byte[] Message(ReadOnlySpan<byte> query, ReadOnlySpan<byte> question, ushort code, IPAddress? address)
    {
        var message = new List<byte>(Longest);
        message.AddRange(query[..FlagsAt]);
        Add(message, Response | (Number(query, FlagsAt) & (OperationMask | RecursionDesired)) | RecursionAvailable | code);
        Add(message, question.IsEmpty ? 0 : 1);
        Add(message, address is null ? 0 : 1);
        Add(message, 0);
        Add(message, 0);
        message.AddRange(question);
        if (address is not null)
        {
            Add(message, NameOfTheQuestion);
            Add(message, Address);
            Add(message, Internet);
            Add(message, 0);
            Add(message, SecondsToLive);
            Add(message, 4);
            message.AddRange(address.GetAddressBytes());
        }

        return [.. message];
    }

    private static ushort Number(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt16BigEndian(message[at..]);

    private static void Add(List<byte> message, int number)
    {
        message.Add((byte)(number >> 8));
        message.Add((byte)number);
    }
}
