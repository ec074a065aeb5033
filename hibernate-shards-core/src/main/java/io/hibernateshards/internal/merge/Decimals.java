package io.hibernateshards.internal.merge;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/** Decimals as PostgreSQL computes with them, to the last digit: its {@code numeric} has rules of its own for the scale. */
public final class Decimals {
    /** It keeps four decimal digits in one of its own. */
    private static final int DIGITS = 4;

    private static final int SIGNIFICANT = 16;
    private static final int MOST = 1000;

    private Decimals() {}

    public static BigDecimal divide(BigDecimal dividend, BigDecimal divisor) {
        return dividend.divide(divisor, scale(dividend, divisor), RoundingMode.HALF_UP);
    }

    /** {@code select_div_scale}: at least sixteen digits that count, by an estimate of where the first of them is. */
    private static int scale(BigDecimal dividend, BigDecimal divisor) {
        int weight = weight(dividend) - weight(divisor);
        if (first(dividend) <= first(divisor)) {
            weight--;
        }
        int scale = Math.max(SIGNIFICANT - weight * DIGITS, 0);
        return Math.min(Math.max(scale, Math.max(dividend.scale(), divisor.scale())), MOST);
    }

    /** Of the first of its digits, in powers of ten thousand. */
    private static int weight(BigDecimal number) {
        return number.signum() == 0 ? 0 : Math.floorDiv(number.precision() - number.scale() - 1, DIGITS);
    }

    private static int first(BigDecimal number) {
        return number.signum() == 0
                ? 0
                : number.abs()
                        .scaleByPowerOfTen(-weight(number) * DIGITS)
                        .setScale(0, RoundingMode.DOWN)
                        .intValueExact();
    }

    /**
     * A variance, or its square root.
     *
     * @param sample whether of a sample; then there must be more than one value
     */
    public static BigDecimal variance(long count, BigDecimal sum, BigDecimal squares, boolean sample, boolean root) {
        BigDecimal n = BigDecimal.valueOf(count);
        BigDecimal above = n.multiply(squares).subtract(sum.multiply(sum));
        if (above.signum() <= 0) {
            return BigDecimal.ZERO;
        }
        BigDecimal below = n.multiply(sample ? BigDecimal.valueOf(count - 1) : n);
        BigDecimal variance = divide(above, below);
        return root ? squareRoot(variance) : variance;
    }

    /** With as many decimals as the number. */
    private static BigDecimal squareRoot(BigDecimal number) {
        int scale = number.scale();
        BigInteger shifted = number.unscaledValue().multiply(BigInteger.TEN.pow(scale + 2));
        return new BigDecimal(shifted.sqrt(), scale + 1).setScale(scale, RoundingMode.HALF_UP);
    }
}
