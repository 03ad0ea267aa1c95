using System.Runtime.InteropServices;

namespace Sanctum.Cli.Runs.Children;

/// <summary>Texts for the C library: an array of pointers to bytes that end with zero, with a null pointer at its end.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _count;

    public NativeStrings(IReadOnlyList<byte[]> texts)
    {
        _count = texts.Count;
        Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < _count; i++)
        {
            Pointers[i] = (byte*)NativeMemory.Alloc((nuint)texts[i].Length + 1);
            texts[i].CopyTo(new Span<byte>(Pointers[i], texts[i].Length));
            Pointers[i][texts[i].Length] = 0;
        }
    }

    public byte** Pointers { get; }

    public byte* First => Pointers[0];

    public void Dispose()
    {
        for (var i = 0; i < _count; i++)
        {
            NativeMemory.Free(Pointers[i]);
        }

        NativeMemory.Free(Pointers);
    }
}
