using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Tests.Hosting;

public sealed class MemoryPoolTests
{
    [Fact]
    public void A_block_is_zeroed_when_it_comes_back()
    {
        using var pool = new ZeroingMemoryPool();
        var block = pool.Rent();
        var memory = block.Memory;
        memory.Span.Fill(0xAA);

        block.Dispose();

        Assert.Equal(-1, memory.Span.IndexOfAnyExcept((byte)0));
        Assert.Equal(4096, memory.Length);
        using var again = pool.Rent();
        Assert.True(again.Memory.Span.Overlaps(memory.Span));
    }

    [Fact]
    public void A_block_that_is_given_back_twice_is_rented_out_once()
    {
        using var pool = new ZeroingMemoryPool();
        var block = pool.Rent();
        block.Dispose();
        block.Dispose();

        Assert.False(pool.Rent().Memory.Span.Overlaps(pool.Rent().Memory.Span));
    }

    [Fact]
    public async Task The_server_takes_its_blocks_from_it()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var factory = Assert.IsType<ZeroingMemoryPoolFactory>(daemon.Services.GetRequiredService<IMemoryPoolFactory<byte>>());
        var before = factory.Rented; // The server's core takes some without a connection.
        await vault.SignInAsync();

        Assert.NotEqual(before, factory.Rented);
    }
}
