using System.Runtime.CompilerServices;

namespace Sanctum.Egress.Scrubbing;

/// <summary>An escape as a text has it, where it may itself be escaped by one kind of <see cref="Readings.Undone"/>.</summary>
/// <param name="Length">How many bytes of the text it takes.</param>
/// <param name="Escape">What it is, undone.</param>
internal readonly record struct NestedEscape(int Length, Escape Escape)
{
    /// <summary>The most that one text can begin with.</summary>
    public const int MaxReadings = Escape.MaxFirstReadings * 5;

    // Of an escape each of whose bytes is escaped. What has more line breaks that mean nothing in it is not read.
    private const int MaxLength = Escape.MaxLength * Escape.MaxLength;

    /// <summary>The escapes that this text, which begins with one of <see cref="Escape.FirstBytes"/>, begins with.</summary>
    /// <param name="text">The text.</param>
    /// <param name="escapes">Takes them; room for <see cref="MaxReadings"/>.</param>
    /// <param name="kinds">A bit for each kind that has to be undone if the text is to be read so.</param>
    /// <param name="isUnfinished">Whether there may be more in a longer text.</param>
    /// <returns>How many there are.</returns>
    [SkipLocalsInit]
    public static int ReadFirst(ReadOnlySpan<byte> text, Span<NestedEscape> escapes, out uint kinds, out bool isUnfinished)
    {
        text = text[..Math.Min(text.Length, MaxLength)];
        (kinds, isUnfinished) = (0, text.Length < 2 * Escape.MaxLength);
        Span<Escape> readings = stackalloc Escape[Escape.MaxFirstReadings];
        readings = readings[..Escape.ReadFirst(text, readings)];
        var (count, own, structural) = (0, 0u, 0u);
        foreach (var reading in readings)
        {
            escapes[count++] = new(reading.Length, reading);
            own |= 1u << (int)reading.Kind;
            structural |= reading.Number is '%' or '\\' or '&' or '=' or '+' ? 1u << (int)reading.Kind : 0;
        }

        // One who undoes an escape of this kind has what it stands for there.
        kinds = own;
        var suspected = structural | (KindsWithin(text) & ~own);
        foreach (var kind in Readings.Undone)
        {
            if ((suspected & (1u << (int)kind)) != 0 && AddNested(text, readings, kind, escapes, ref count, ref isUnfinished))
            {
                kinds |= 1u << (int)kind;
            }
        }

        return count;
    }

    // Which kinds of escapes may be in what may be an escape.
    private static uint KindsWithin(ReadOnlySpan<byte> text)
    {
        var kinds = 0u;
        var reach = Math.Min(text.Length, text[0] == '=' ? 3 : Escape.MaxLength);
        for (var i = 1; i < reach; i++)
        {
            if (Escape.FirstBytes.Contains(text[i]))
            {
                kinds |= 1u << (int)UndoneText.KindOf(text[i]);
                if (!Escape.MayGrow(text[..(i + 1)]))
                {
                    // To who undoes another kind it is itself.
                    break;
                }
            }
            else if (!Escape.MayGoOn(text[i]))
            {
                break;
            }
        }

        return kinds;
    }

    private static bool TryFindLongest(ReadOnlySpan<Escape> readings, EscapeKind kind, out Escape longest)
    {
        for (var i = readings.Length - 1; i >= 0; i--)
        {
            if (readings[i].Kind == kind)
            {
                longest = readings[i];
                return true;
            }
        }

        longest = default;
        return false;
    }

    [SkipLocalsInit]
    private static bool AddNested(
        ReadOnlySpan<byte> text, ReadOnlySpan<Escape> first, EscapeKind kind, Span<NestedEscape> escapes, ref int count, ref bool isUnfinished)
    {
        Span<byte> undone = stackalloc byte[Escape.MaxLength + 4];
        Span<int> ends = stackalloc int[undone.Length];
        Span<byte> character = stackalloc byte[4];
        var (length, firstEscaped, at) = (0, int.MaxValue, 0);

        // What is undone so far may show that nothing comes of it: then the rest need not be.
        while (length < Escape.MaxLength && at < text.Length && Escape.MayGrow(undone[..length]))
        {
            if (text[at] == UndoneText.FirstByteOf(kind) && (at == 0 ? TryFindLongest(first, kind, out var escape) : Escape.TryReadFirst(text[at..], kind, out escape)))
            {
                at += escape.Length;
                firstEscaped = Math.Min(firstEscaped, length);
                foreach (var value in character[..escape.WriteUndone(character)])
                {
                    (undone[length], ends[length++]) = (value, at);
                }
            }
            else
            {
                // What is a part of an escape so far may be less than it seems.
                isUnfinished |= text.Length < MaxLength && text[at] == UndoneText.FirstByteOf(kind) && Escape.IsUnfinished(text[at..]);
                (undone[length], ends[length++]) = (text[at], ++at);
            }
        }

        isUnfinished |= at >= text.Length && text.Length < MaxLength;
        undone = undone[..Math.Min(length, Escape.MaxLength)];
        if (firstEscaped >= undone.Length)
        {
            return false;
        }

        var before = count;
        if (undone[0] == '+')
        {
            escapes[count++] = new(ends[0], new(1, ' ', EscapeKind.Other));
        }
        else if (Escape.FirstBytes.Contains(undone[0]))
        {
            Span<Escape> readings = stackalloc Escape[Escape.MaxFirstReadings];
            foreach (var reading in readings[..Escape.ReadFirst(undone, readings)])
            {
                if (reading.Length > firstEscaped)
                {
                    escapes[count++] = new(ends[reading.Length - 1], reading);
                }
            }
        }

        return count > before;
    }
}
