using System.Globalization;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Terminals;

/// <summary>
/// Reads a secret key by key. Enter ends it, and a line break that was pasted does not: where the terminal marks pastes, that is known; where it does
/// not, PEM and JSON say themselves where they end, and of anything else one line is taken and more are refused.
/// </summary>
/// <param name="keys">The terminal.</param>
/// <param name="moreWaits">Whether more was typed or pasted already.</param>
/// <param name="say">Shows a word to whoever types.</param>
/// <param name="room">Where the secret goes; the caller zeroes it.</param>
/// <param name="takesLines">Whether it may have several lines.</param>
internal sealed class TypedSecret(Stream keys, Func<bool> moreWaits, Action<string> say, byte[] room, bool takesLines)
{
    private const byte LineFeed = (byte)'\n';

    private int _length;
    private bool _isInPaste;
    private bool _wasMarked;
    private bool _afterReturn;
    private int? _ahead;

    private ReadOnlySpan<byte> Text => room.AsSpan(0, _length);

    /// <summary>How many bytes there are, without the line break at the end.</summary>
    /// <exception cref="OperationCanceledException">Ctrl-C or Ctrl-D was typed.</exception>
    /// <exception cref="CliException">It is more than can be taken; the rest still waits.</exception>
    public int Read()
    {
        bool isLast;
        do
        {
            var key = _ahead ?? keys.ReadByte();
            _ahead = null;
            isLast = Take(key);
        }
        while (!isLast);
        return Passphrases.LengthWithoutNewline(Text);
    }

    private bool MoreWaits => _ahead is not null || moreWaits();

    // Whether that was the last.
    private bool Take(int key)
    {
        var isSecondHalf = key == '\n' && _afterReturn;
        _afterReturn = key == '\r';
        switch (key)
        {
            case -1 or 0x03 or 0x04: // Ctrl-C, Ctrl-D
                throw new OperationCanceledException();
            case '\r' or '\n' when isSecondHalf:
                return false;
            case '\r' or '\n' when _isInPaste:
                Add(LineFeed);
                return false;
            case '\r' or '\n':
                return !takesLines || _wasMarked || EndLine(isReturn: key == '\r');
            case 0x08 or 0x7f when !_isInPaste: // Backspace takes a whole character: its last byte and the continuation bytes before it.
                _length = LengthWithoutLast(Text);
                return false;
            case 0x15 when !_isInPaste: // Ctrl-U
                _length = 0;
                return false;
            default:
                Add((byte)key);
                return key == '~' ? Mark() : key == '-' && !_isInPaste && takesLines && PastedText.EndsWithEndLine(Text) && !MoreWaits;
        }
    }

    private void Add(byte letter)
    {
        if (_length == room.Length)
        {
            throw CliErrors.LongPaste(room.Length);
        }

        room[_length++] = letter;
    }

    // ESC [ 200 ~ and ESC [ 201 ~ stand around what is pasted.
    private bool Mark()
    {
        if (Text.EndsWith("\e[200~"u8))
        {
            _length -= "\e[200~"u8.Length;
            _isInPaste = true;
        }
        else if (Text.EndsWith("\e[201~"u8))
        {
            _length -= "\e[201~"u8.Length;
            (_isInPaste, _wasMarked) = (false, true);
            ShowPaste();
        }

        return false;
    }

    private void ShowPaste()
    {
        var lines = Text[..Passphrases.LengthWithoutNewline(Text)].Count(LineFeed) + 1;
        if (lines > 1)
        {
            say(takesLines
                ? string.Create(CultureInfo.InvariantCulture, $"({lines} lines; press Enter) ")
                : throw CliErrors.PassphraseOfLines());
        }
    }

    private bool EndLine(bool isReturn)
    {
        // Of CR LF, the second belongs to the first and is nothing more.
        if (isReturn && moreWaits() && keys.ReadByte() is not '\n' and var next)
        {
            _ahead = next;
        }

        var document = PastedText.KindOf(Text);
        var isBlank = _length == 0 || Text[^1] == LineFeed;
        switch (document)
        {
            case PastedKind.Nothing when MoreWaits:
                _length = 0;
                return false;
            case PastedKind.Nothing:
                return true;
            case PastedKind.UnfinishedPem or PastedKind.UnfinishedJson when isBlank && !MoreWaits:
                throw CliErrors.UnfinishedPaste(document == PastedKind.UnfinishedPem ? "PEM" : "JSON");
            case PastedKind.UnfinishedPem or PastedKind.UnfinishedJson:
                Add(LineFeed);
                return false;
            case PastedKind.Line or PastedKind.Lines when document == PastedKind.Lines || MoreWaits:
                throw CliErrors.SeveralLines();
            case PastedKind.Finished when MoreWaits:
                Add(LineFeed);
                return false;
            default:
                _length = Text.TrimEnd(LineFeed).Length;
                return true;
        }
    }

    private static int LengthWithoutLast(ReadOnlySpan<byte> line)
    {
        var length = line.Length;
        while (length > 0 && (line[--length] & 0xC0) == 0x80)
        {
        }

        return length;
    }
}
