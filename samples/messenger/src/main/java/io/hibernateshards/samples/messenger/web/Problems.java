package io.hibernateshards.samples.messenger.web;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.samples.messenger.domain.NotEnoughCreditsException;
import io.hibernateshards.samples.messenger.service.NotAMemberException;
import io.hibernateshards.samples.messenger.service.UnknownException;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** What goes wrong, as problem details. Spring's own handler knows the rest. */
@RestControllerAdvice
class Problems extends ResponseEntityExceptionHandler {
    /**
     * What is wrong with one value.
     *
     * @param field its name
     * @param message what it must be
     */
    record Invalid(String field, @Nullable String message) {}

    @ExceptionHandler
    ProblemDetail unknown(UnknownException e) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.NOT_FOUND, e.getMessage());
    }

    @ExceptionHandler({NotEnoughCreditsException.class, NotAMemberException.class})
    ProblemDetail refused(RuntimeException e) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.UNPROCESSABLE_CONTENT, e.getMessage());
    }

    @ExceptionHandler
    ProblemDetail tooLate(ConcurrencyFailureException e) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.CONFLICT, "Somebody else was faster; try again");
    }

    /** A shard that is down fails only what needs it, and only for now. */
    @ExceptionHandler
    ResponseEntity<ProblemDetail> sharding(ShardingException e) {
        if (e.code() == ShardErrorCode.SHARD_UNAVAILABLE) {
            return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
                    .header(HttpHeaders.RETRY_AFTER, "1")
                    .body(ProblemDetail.forStatusAndDetail(
                            HttpStatus.SERVICE_UNAVAILABLE, "A database server is unavailable; try again"));
        }
        logger.error("refused by the shards", e);
        return ResponseEntity.internalServerError()
                .body(ProblemDetail.forStatusAndDetail(
                        HttpStatus.INTERNAL_SERVER_ERROR, e.code().toString()));
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleMethodArgumentNotValid(
            MethodArgumentNotValidException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        e.getBody()
                .setProperty(
                        "errors",
                        e.getFieldErrors().stream()
                                .map(error -> new Invalid(error.getField(), error.getDefaultMessage()))
                                .toList());
        return super.handleMethodArgumentNotValid(e, headers, status, request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHandlerMethodValidationException(
            HandlerMethodValidationException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        e.getBody()
                .setProperty(
                        "errors",
                        e.getParameterValidationResults().stream()
                                .flatMap(result -> result.getResolvableErrors().stream()
                                        .map(error -> new Invalid(
                                                String.valueOf(result.getMethodParameter()
                                                        .getParameterName()),
                                                error.getDefaultMessage())))
                                .toList());
        return super.handleHandlerMethodValidationException(e, headers, status, request);
    }
}
